"""PINs that enrol, and how often enrolments were refused."""

from __future__ import annotations

import uuid

from django.db import models

from fleetward.agents.contracts import PinKind


class EnrolmentPin(models.Model):
    """A PIN of a tenant; only its hash is kept. One that is over stays, to tell of it.

    An enrolment names no tenant: the function `agents_find_pin` finds it, before there is a scope.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, db_index=False)
    kind = models.CharField(max_length=12, default=PinKind.PIN)
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.CharField(max_length=320)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    most_uses = models.IntegerField(null=True)
    uses = models.IntegerField(default=0, db_default=0)
    latest_use_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=320, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "kind"],
                condition=models.Q(revoked_at__isnull=True),
                name="agents_enrolmentpin_one",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=[str(kind) for kind in PinKind]),
                name="agents_enrolmentpin_kind",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "kind", "-id"], name="agents_enrolmentpin_list")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.tenant_id}"


class Refusals(models.Model):
    """How many enrolments were refused in the latest window in which any was.

    `word` says whose they are: of an address, of a tenant, or all (`rules.of_source`).
    """

    word = models.CharField(max_length=80, primary_key=True)
    since = models.DateTimeField()
    refused = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.refused} of {self.word}"
