"""Imported lists, and how each of their rows ended."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from fleetward.devices.imports.contracts import ImportState, Outcome


class ImportRun(models.Model):
    """One imported device list, from its upload to the outcome of its last row (E12).

    `done_batches` holds the numbers of the batches stored: a batch, its outcome rows and its number
    here are one transaction. `report` is what the analysis found; counts are of stored rows. The
    file's rows are kept for downloads until `rows_removed_at`, their outcomes for good. `on_behalf`
    and `request_id` are of the upload.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE)
    state = models.CharField(max_length=12, default="UPLOADED")
    origin = models.CharField(max_length=16, default="CSV")
    user_id = models.BigIntegerField(null=True)
    started_by = models.CharField(max_length=320)
    on_behalf = models.CharField(max_length=320, blank=True, db_default="")
    request_id = models.CharField(max_length=64, blank=True, db_default="")
    file_name = models.CharField(max_length=200)
    file_size = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    request_key = models.CharField(max_length=200, null=True)
    starts_itself = models.BooleanField(default=False)
    mapping = models.JSONField(null=True)
    default_manufacturer = models.CharField(max_length=80, blank=True)
    report = models.JSONField(default=dict)
    problem = models.JSONField(null=True)
    rows = models.IntegerField(default=0)
    batches = models.IntegerField(default=0)
    done_batches = ArrayField(models.IntegerField(), default=list)
    done_rows = models.IntegerField(default=0)
    new = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    skipped = models.IntegerField(default=0)
    outcome_digest = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    rows_removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "request_key"], name="devices_importrun_request"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[str(state) for state in ImportState]),
                name="devices_importrun_state",
            ),
            models.CheckConstraint(
                condition=models.Q(origin__in=["CSV", "API"]), name="devices_importrun_origin"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-id"], name="devices_importrun_latest")]

    def __str__(self) -> str:
        return f"import {self.uid}"


class ImportRow(models.Model):
    """How one row of a list ended: the record of each device of an import (hardening, 1 and 7).

    No foreign keys: checking three of them for each of a million rows costs more than the rows.
    """

    pk = models.CompositePrimaryKey("run_id", "row_no")
    tenant_id = models.BigIntegerField()
    run_id = models.BigIntegerField()
    row_no = models.IntegerField()
    outcome = models.CharField(max_length=9)
    device_id = models.BigIntegerField(null=True)
    refusal = models.CharField(max_length=32, blank=True, db_default="")
    field = models.CharField(max_length=32, blank=True, db_default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=[str(outcome) for outcome in Outcome]),
                name="devices_importrow_outcome",
            )
        ]

    def __str__(self) -> str:
        return f"row {self.row_no} of import {self.run_id}: {self.outcome}"
