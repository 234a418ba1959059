"""Uploaded lists of serials, and which device each of their rows names."""

from __future__ import annotations

import uuid

from django.db import models

from fleetward.devices.serial_lists.contracts import SerialOutcome, SerialState


class SerialList(models.Model):
    """A file of serials of devices to delete (E10); nobody but its user sees it.

    `batches` is what its rows were cut into once it was read; `done_batches` are looked for: the
    outcomes of a batch and this number are one transaction. It goes with its rows after a time.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE)
    user_id = models.BigIntegerField()
    uploaded_by = models.CharField(max_length=320)
    state = models.CharField(max_length=8, default="READING")
    file_name = models.CharField(max_length=200)
    columns = models.JSONField(default=dict)
    batches = models.JSONField(null=True)
    done_batches = models.IntegerField(default=0)
    rows = models.IntegerField(default=0)
    counts = models.JSONField(default=dict)
    problem = models.JSONField(null=True)
    selection_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_index=True)
    heartbeat_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=[str(state) for state in SerialState]),
                name="devices_seriallist_state",
            )
        ]

    def __str__(self) -> str:
        return f"serial list {self.uid}"


class SerialRow(models.Model):
    """What one row of a list names. No foreign keys, as of ImportRow.

    `seen_at` is the latest change of the device that was found.
    """

    pk = models.CompositePrimaryKey("list_id", "row_no")
    tenant_id = models.BigIntegerField()
    list_id = models.BigIntegerField()
    row_no = models.IntegerField()
    serial = models.CharField(max_length=80)
    manufacturer = models.CharField(max_length=80)
    product_number = models.CharField(max_length=80)
    outcome = models.CharField(max_length=9)
    refusal = models.CharField(max_length=32, blank=True, db_default="")
    device_id = models.BigIntegerField(null=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=[str(outcome) for outcome in SerialOutcome]),
                name="devices_serialrow_outcome",
            )
        ]
        indexes = [models.Index(fields=["list_id", "device_id"], name="devices_serialrow_device")]

    def __str__(self) -> str:
        return f"row {self.row_no} of serial list {self.list_id}: {self.outcome}"
