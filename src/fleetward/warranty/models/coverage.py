"""What vendors say of devices, and what it amounts to."""

from __future__ import annotations

from django.db import models

from fleetward.warranty.models.owning import device_of, owner


class Entitlement(models.Model):
    """One line of cover of a device as its source gave it (W8). `is_cover`: hardware (W9).

    `line_key` is a digest of the line, so that a changed line is another line; dates are inclusive.
    """

    tenant = owner()
    device = device_of()
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

    tenant = owner()
    device = device_of()
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
    `asked_at` and is stored since `checked_at`. `is_due`: it is asked about again by the next
    scheduled run, however long ago it was asked. Where `may_be_flawed` is false there
    are neither gaps nor doubles between the lines.
    """

    device = models.OneToOneField(
        "devices.Device", on_delete=models.CASCADE, primary_key=True, db_constraint=False
    )
    tenant = owner()
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
    may_be_flawed = models.BooleanField(db_default=True)
    is_due = models.BooleanField(db_default=False)

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
