"""Exports that are made as jobs."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Export(models.Model):
    """One list of devices that is written to a file, which is kept until `expires_at`.

    `sheet` is how it is written: order, columns and words of whoever asked. `today`, `time_zone`
    and `expiring_days` are those of the moment it was asked for, whenever a worker comes to it.
    Only `user_id` finds it, and fetches it while all `tenants` that the file spans are in reach.
    `selected` to `gone` tell of a selection once its list was read.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, db_index=False)
    user_id = models.BigIntegerField()
    started_by = models.CharField(max_length=320)
    on_behalf = models.CharField(max_length=320, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    format = models.CharField(max_length=8)
    state = models.CharField(max_length=10, default="RUNNING")
    query = models.TextField(blank=True)
    selection_id = models.BigIntegerField(null=True)
    sheet = models.JSONField()
    today = models.DateField()
    time_zone = models.CharField(max_length=64)
    expiring_days = models.IntegerField()
    tenants = ArrayField(models.BigIntegerField(), null=True)
    devices = models.IntegerField(default=0)
    written = models.IntegerField(default=0)
    selected = models.IntegerField(null=True)
    changed_since = models.IntegerField(null=True)
    gone = models.IntegerField(null=True)
    size = models.BigIntegerField(default=0)
    problem = models.JSONField(null=True)
    created_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["RUNNING", "CANCELLING", "DONE", "CANCELLED", "FAILED"]
                ),
                name="warranty_export_state",
            ),
            models.CheckConstraint(
                condition=models.Q(format__in=["csv", "xlsx"]), name="warranty_export_format"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "user_id", "-id"], name="warranty_export_latest"),
        ]

    def __str__(self) -> str:
        return f"export {self.uid}"
