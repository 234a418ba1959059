"""What users have selected, and what is done to it in bulk."""

from __future__ import annotations

import uuid

from django.db import models

from fleetward.devices.bulk.contracts import BulkKind, BulkOutcome, BulkState


class Selection(models.Model):
    """Devices that a user has selected, exactly these, for a day; nobody else sees which.

    `query` is the filter of the list that they were selected from; `is_whole`: all that it left.
    `name` is that of the shared view or the group that they were meant by, as it was then.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE)
    user_id = models.BigIntegerField()
    query = models.TextField(blank=True)
    name = models.CharField(max_length=80, blank=True, db_default="")
    is_whole = models.BooleanField()
    devices = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"selection {self.uid}"


class SelectionItem(models.Model):
    """One device of a selection. No foreign keys, as of ImportRow.

    `seen_at` is the device's latest change when it was selected; None where that does not matter.
    """

    pk = models.CompositePrimaryKey("selection_id", "device_id")
    tenant_id = models.BigIntegerField()
    selection_id = models.BigIntegerField()
    device_id = models.BigIntegerField()
    seen_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"device {self.device_id} in selection {self.selection_id}"


class BulkRun(models.Model):
    """One thing done to every device of a selection, in slices by id.

    `done_to` is the id of the latest device that has its outcome: devices, outcomes and this mark
    are one transaction. `params` is what was asked for; `undo_of` the one that it takes back,
    `import_run_id` the import that it undoes.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE)
    kind = models.CharField(max_length=12)
    state = models.CharField(max_length=10, default="RUNNING")
    user_id = models.BigIntegerField(null=True)
    started_by = models.CharField(max_length=320)
    on_behalf = models.CharField(max_length=320, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    request_key = models.CharField(max_length=64, null=True)
    selection_id = models.BigIntegerField()
    query = models.TextField(blank=True)
    is_whole = models.BooleanField()
    params = models.JSONField(default=dict)
    undo_of = models.ForeignKey("self", on_delete=models.CASCADE, null=True, db_index=False)
    import_run_id = models.BigIntegerField(null=True)
    devices = models.IntegerField()
    done_to = models.BigIntegerField(default=0)
    done = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    changed_since = models.IntegerField(default=0)
    gone = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    skipped = models.IntegerField(default=0)
    removed = models.IntegerField(default=0, db_default=0)
    problem = models.JSONField(null=True)
    outcome_digest = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "request_key"], name="devices_bulkrun_request"
            ),
            # An import is undone once; what was cancelled or failed may be begun again.
            models.UniqueConstraint(
                fields=["import_run_id"],
                condition=models.Q(state__in=["RUNNING", "CANCELLING", "DONE"]),
                name="devices_bulkrun_one_undo",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=[str(kind) for kind in BulkKind]),
                name="devices_bulkrun_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[str(state) for state in BulkState]),
                name="devices_bulkrun_state",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-id"], name="devices_bulkrun_latest")]

    def __str__(self) -> str:
        return f"bulk change {self.uid}"


class BulkItem(models.Model):
    """How one device of a bulk change ended: its record (hardening, 1 and 7).

    What the device was then stands beside it, so that the summary stays the same.
    """

    pk = models.CompositePrimaryKey("run_id", "device_id")
    tenant_id = models.BigIntegerField()
    run_id = models.BigIntegerField()
    device_id = models.BigIntegerField()
    outcome = models.CharField(max_length=13)
    refusal = models.CharField(max_length=32, blank=True, db_default="")
    manufacturer = models.CharField(max_length=80, blank=True, db_default="")
    serial = models.CharField(max_length=80, blank=True, db_default="")
    name = models.CharField(max_length=120, blank=True, db_default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=[str(outcome) for outcome in BulkOutcome]),
                name="devices_bulkitem_outcome",
            )
        ]

    def __str__(self) -> str:
        return f"device {self.device_id} of bulk change {self.run_id}: {self.outcome}"
