"""Entitlements, evidence, coverage and the runs that collect them."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


def _owner() -> models.ForeignKey[Any]:
    """The tenant of what belongs to a device.

    No foreign key, which asks for every single row: a trigger checks all rows of a statement, that
    they have their device's tenant (migration 0005).
    """
    return models.ForeignKey(
        "tenancy.Tenant", on_delete=models.CASCADE, db_index=False, db_constraint=False
    )


def _device() -> models.ForeignKey[Any]:
    return models.ForeignKey(
        "devices.Device", on_delete=models.CASCADE, db_index=False, db_constraint=False
    )


def _texts() -> ArrayField[Any, Any]:
    """Empty in batches from before these columns: then what a device is now stands for it."""
    return ArrayField(models.TextField(), db_default=[])


class Entitlement(models.Model):
    """One line of cover of a device as its source gave it (W8). `is_cover`: hardware (W9).

    `line_key` is a digest of the line, so that a changed line is another line; dates are inclusive.
    """

    tenant = _owner()
    device = _device()
    source = models.CharField(max_length=32)
    line_key = models.CharField(max_length=32)
    code = models.CharField(max_length=80, blank=True)
    name = models.CharField(max_length=300, blank=True)
    kind = models.CharField(max_length=12)
    service_level = models.CharField(max_length=300, blank=True)
    number = models.CharField(max_length=80, blank=True)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    is_rolling = models.BooleanField(default=False)
    is_cancelled = models.BooleanField(default=False)
    is_cover = models.BooleanField(default=True)
    is_simulated = models.BooleanField(default=False)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["device", "source", "line_key"], name="warranty_entitlement_line"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["BASE", "EXTENSION", "CONTRACT", "OTHER"]),
                name="warranty_entitlement_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} to {self.ends_on}"


class Evidence(models.Model):
    """What a source said of a device (W18). For an unchanged answer only `seen_at` moves."""

    tenant = _owner()
    device = _device()
    source = models.CharField(max_length=32)
    digest = models.CharField(max_length=64)
    body = models.TextField()
    is_simulated = models.BooleanField(default=False)
    fetched_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["device", "source", "digest"], name="warranty_evidence_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.fetched_at:%Y-%m-%d}"


class Coverage(models.Model):
    """When the coverage of an active device ends, or why that is unknown; one row for each.

    Status is derived from `ends_on`, the day and the tenant's setting, so nothing goes stale at
    midnight. A rolling cover ends on 9999-12-31 (W19). Kept by `sql/recompute_coverage.sql`, the
    twin of `rules.coverage`. `unknown_reason` is the reason whenever no line counts, and
    `is_answer_simulated` says the same of the answer behind it (W20), which was asked for at
    `asked_at` and is stored since `checked_at`.
    """

    device = models.OneToOneField(
        "devices.Device", on_delete=models.CASCADE, primary_key=True, db_constraint=False
    )
    tenant = _owner()
    manufacturer = models.CharField(max_length=80, db_collation="C")
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    reason = models.CharField(max_length=32, blank=True, db_default="")
    source = models.CharField(max_length=32, blank=True, db_default="")
    is_simulated = models.BooleanField(db_default=False)
    unknown_reason = models.CharField(max_length=32, db_default="NOT_CHECKED")
    is_answer_simulated = models.BooleanField(db_default=False)
    ships_on = models.DateField(null=True)
    asked_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    attempted_at = models.DateTimeField(null=True)
    latest_error = models.CharField(max_length=32, blank=True, db_default="")

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "ends_on", "device"], name="warranty_coverage_end"),
            models.Index(
                fields=["tenant", "manufacturer", "ends_on", "device"],
                name="warranty_coverage_vendor",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=False, reason="")
                | (models.Q(ends_on__isnull=True) & ~models.Q(reason="")),
                name="warranty_coverage_end_or_reason",
            )
        ]

    def __str__(self) -> str:
        return f"{self.ends_on or self.reason}"


class Tally(models.Model):
    """Numbers of devices for the dashboard, kept by statement triggers on coverage.

    From a day and the tenant's setting every figure is a sum over these rows. `ends_on` 0001-01-01
    stands for none.
    """

    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, db_index=False)
    manufacturer = models.CharField(max_length=80, db_collation="C")
    ends_on = models.DateField()
    reason = models.CharField(max_length=32)
    is_simulated = models.BooleanField()
    devices = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "manufacturer", "ends_on", "reason", "is_simulated"],
                name="warranty_tally_key",
            )
        ]

    def __str__(self) -> str:
        return f"{self.manufacturer} {self.ends_on}: {self.devices}"


class IdentityMark(models.Model):
    """How often devices of a tenant have become other machines, or gone (W17).

    Whoever changes them holds this row to the end of the transaction, and whoever stores answers
    shares it: so one look at `changes` tells for all devices that they are still what was asked
    about.
    """

    tenant = models.OneToOneField("tenancy.Tenant", on_delete=models.CASCADE, primary_key=True)
    changes = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.changes} changes"


class NotCoverCode(models.Model):
    """Codes and names that are no hardware cover (W9): data of the installation."""

    provider = models.CharField(max_length=32, blank=True)
    code = models.CharField(max_length=80, blank=True)
    name_contains = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "code", "name_contains"], name="warranty_not_cover_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.code} {self.name_contains}"


class Run(models.Model):
    """One bulk processing of a tenant (W7). Its figures are sums over the tallies of its batches.

    `planned_to` is the id of the last device that was put into a batch, for a resumed planning.
    A scheduled run is a bulk processing of the devices that were due on `scheduled_on`.
    With the trigger SELECTION it visits the devices of a selection; `query` and `is_whole` tell of
    it after the selection is forgotten. `problem` is the code of the error for which it could not
    go on.
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
    is_whole = models.BooleanField(db_default=False)
    problem = models.CharField(max_length=64, blank=True, db_default="")
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


class Reminding(models.Model):
    """How far a tenant's reminders are (S9): sent for all days to `done_to`, the last time of ends
    from `seen_from` on."""

    tenant = models.OneToOneField("tenancy.Tenant", on_delete=models.CASCADE, primary_key=True)
    seen_from = models.DateField()
    done_to = models.DateField()

    def __str__(self) -> str:
        return f"reminders to {self.done_to}"


class Reminder(models.Model):
    """Somebody was told on `sent_on` that a device's coverage ends within `days`: once (S9)."""

    tenant = _owner()
    device = _device()
    ends_on = models.DateField()
    days = models.SmallIntegerField()
    sent_on = models.DateField()
    is_simulated = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["device", "ends_on", "days"], name="warranty_reminder_once"
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "-id"], name="warranty_reminder_latest"),
            models.Index(fields=["tenant", "sent_on", "-id"], name="warranty_reminder_day"),
        ]

    def __str__(self) -> str:
        return f"{self.days} days before {self.ends_on}"


class HealthDay(models.Model):
    """How the devices of one connection stood on a day, to tell what has changed since."""

    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, db_index=False)
    provider = models.CharField(max_length=32)
    kept_on = models.DateField()
    devices = models.IntegerField()
    answered = models.IntegerField()
    found = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "kept_on", "provider"], name="warranty_healthday_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} on {self.kept_on}"


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
