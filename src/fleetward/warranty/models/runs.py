"""The runs that ask vendors, and their batches."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


def _texts() -> ArrayField[Any, Any]:
    """Empty in batches from before these columns: then what a device is now stands for it."""
    return ArrayField(models.TextField(), db_default=[])


class Run(models.Model):
    """One bulk processing of a tenant (W7). Its figures are sums over the tallies of its batches.

    `planned_to` is the id of the last device that was put into a batch, for a resumed planning.
    A scheduled run is a bulk processing of the devices that were due on `scheduled_on`.
    With the trigger SELECTION it visits the devices of a selection; `query` and `is_whole` tell of
    it after the selection is forgotten, `name` of what that was meant by, `changed_since` and
    `gone` of its devices as far as they are planned, and `is_scheduled`: a schedule has started it.
    `problem` is the code of the error for which it could not go on.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE)
    state = models.CharField(max_length=24, default="PLANNING")
    trigger = models.CharField(max_length=16, default="BULK")
    started_by = models.CharField(max_length=320)
    user_id = models.BigIntegerField(null=True)
    devices = models.IntegerField(default=0)
    planned_to = models.BigIntegerField(default=0)
    scheduled_on = models.DateField(null=True)
    selection_id = models.BigIntegerField(null=True)
    query = models.TextField(blank=True, db_default="")
    name = models.CharField(max_length=80, blank=True, db_default="")
    is_whole = models.BooleanField(db_default=False)
    changed_since = models.IntegerField(null=True)
    gone = models.IntegerField(null=True)
    problem = models.CharField(max_length=64, blank=True, db_default="")
    is_scheduled = models.BooleanField(db_default=False)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # W7: one run at a time for a tenant. Refreshes of what somebody picked do not count.
            models.UniqueConstraint(
                fields=["tenant"],
                condition=models.Q(state__in=["PLANNING", "RUNNING"], trigger="BULK"),
                name="warranty_run_one_open",
            ),
            # However many clocks strike: one scheduled run a night.
            models.UniqueConstraint(
                fields=["tenant", "scheduled_on"], name="warranty_run_one_a_night"
            ),
            models.UniqueConstraint(
                fields=["selection_id"],
                condition=models.Q(state__in=["PLANNING", "RUNNING"], trigger="SELECTION"),
                name="warranty_run_one_of_selection",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["PLANNING", "RUNNING", "DONE", "DONE_WITH_PROBLEMS", "CANCELLED"]
                ),
                name="warranty_run_state",
            ),
            models.CheckConstraint(
                condition=models.Q(trigger__in=["BULK", "SELECTION", "DEVICE"]),
                name="warranty_run_trigger",
            ),
            models.CheckConstraint(
                condition=models.Q(trigger="SELECTION", selection_id__isnull=False)
                | (~models.Q(trigger="SELECTION") & models.Q(selection_id__isnull=True)),
                name="warranty_run_selection",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-id"], name="warranty_run_tenant_id")]

    def __str__(self) -> str:
        return f"run {self.uid}"

    @property
    def own_selection(self) -> int | None:
        """The selection that was made for this run alone."""
        return self.selection_id if self.is_scheduled else None


class Batch(models.Model):
    """One call's worth of devices of a run, asked at one provider.

    `outcomes` stands beside `device_ids`, word for word, '' while a device is open; `tally` counts
    them. `attempts` counts trouble and lost workers, `looks` pages that only said to wait. `due_at`
    is when an open batch may be asked, and when the lease of a claimed one ends: a worker closes
    only what still has the lease that it took.

    `manufacturers` to `names` stand beside `device_ids` as well: what the devices were when they
    were planned. That is what is asked about and what the summary names, whatever becomes of them.
    `is_asked`: a call about them was made, whatever came of it. `asked_at` is when the vendor's job
    was submitted that `resume` stands for.
    """

    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, db_index=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, db_index=False)
    provider = models.CharField(max_length=32, blank=True)
    state = models.CharField(max_length=12, default="OPEN")
    device_ids = ArrayField(models.BigIntegerField())
    outcomes = ArrayField(models.CharField(max_length=32))
    manufacturers = _texts()
    serials = _texts()
    product_numbers = _texts()
    countries = _texts()
    names = _texts()
    is_simulated = models.BooleanField(db_default=False)
    is_asked = models.BooleanField(db_default=False)
    tally = models.JSONField(default=dict)
    resume = models.TextField(blank=True, db_default="")
    asked_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0, db_default=0)
    looks = models.SmallIntegerField(default=0, db_default=0)
    due_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["run", "id"], name="warranty_batch_run"),
            models.Index(
                fields=["run", "provider", "due_at", "id"],
                condition=models.Q(state__in=["OPEN", "CLAIMED"]),
                name="warranty_batch_due",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["OPEN", "CLAIMED", "DONE", "SKIPPED", "CANCELLED"]),
                name="warranty_batch_state",
            )
        ]

    def __str__(self) -> str:
        return f"batch {self.pk} of run {self.run_id}"


class KeptPage(models.Model):
    """What a provider answered about a claimed batch, until it is stored (an unlogged table).

    Without foreign keys in the database: to check one would write to the log, and wait for it.
    """

    batch = models.OneToOneField(
        Batch, on_delete=models.CASCADE, primary_key=True, db_constraint=False
    )
    run = models.ForeignKey(Run, on_delete=models.CASCADE, db_constraint=False)
    tenant = models.ForeignKey(
        "tenancy.Tenant", on_delete=models.CASCADE, db_index=False, db_constraint=False
    )
    revision = models.IntegerField()
    asked_at = models.DateTimeField(null=True)
    body = models.BinaryField()

    def __str__(self) -> str:
        return f"page of batch {self.batch_id}"
