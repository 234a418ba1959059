"""PINs that enrol, credentials of machines, machines that wait, and what a tenant sets."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from fleetward.agents.contracts import MOST_PRESENCE_DAYS, PendingKind, PinKind


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


class Agent(models.Model):
    """The credential of a machine; only its hash is kept. Without a device it waits for one (T11).

    It goes with the device, into another tenant too (`actions.following`); deleted, or another
    machine by now, the device has none.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, db_index=False)
    device = models.OneToOneField(
        "devices.Device", on_delete=models.CASCADE, null=True, db_constraint=False
    )
    digest = models.CharField(max_length=64, unique=True)
    # Of the key by which the machine repeats its enrolment, and of all that it said then.
    key_digest = models.CharField(max_length=64)
    request_digest = models.CharField(max_length=64)
    pin = models.ForeignKey(EnrolmentPin, on_delete=models.CASCADE, db_index=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key_digest"], name="agents_agent_key")
        ]
        indexes = [models.Index(fields=["pin", "-created_at"], name="agents_agent_pin")]

    def __str__(self) -> str:
        return f"agent of {self.device_id or 'no device yet'}"


class Pending(models.Model):
    """A machine that is not enrolled yet, and why: `PendingKind`.

    `agent` has its credential, where it has asked already.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, db_index=False)
    kind = models.CharField(max_length=12)
    manufacturer = models.CharField(max_length=80, db_collation="C")
    serial = models.CharField(max_length=80, db_collation="C")
    product_number = models.CharField(max_length=40, blank=True, default="", db_collation="C")
    name = models.CharField(max_length=120, blank=True, default="")
    model = models.CharField(max_length=160, blank=True, default="")
    domain = models.CharField(max_length=253, blank=True, default="")
    os = models.CharField(max_length=120, blank=True, default="")
    agent = models.OneToOneField(Agent, on_delete=models.CASCADE, null=True)
    added_by = models.CharField(max_length=320)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "serial", "manufacturer", "product_number"],
                name="agents_pending_identity",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=[str(kind) for kind in PendingKind]),
                name="agents_pending_kind",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "kind", "-id"], name="agents_pending_list")]

    def __str__(self) -> str:
        return f"{self.kind} {self.serial}"


class EnrolmentSettings(models.Model):
    """What a tenant sets about machines; without a row the defaults of the contract count."""

    tenant = models.OneToOneField("tenancy.Tenant", on_delete=models.CASCADE, primary_key=True)
    domains = ArrayField(models.CharField(max_length=253), default=list)
    collects_presence = models.BooleanField(default=False)
    presence_days = models.SmallIntegerField(default=30)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(presence_days__range=(1, MOST_PRESENCE_DAYS)),
                name="agents_presence_days",
            )
        ]

    def __str__(self) -> str:
        return f"enrolment of {self.tenant_id}"


class Presence(models.Model):
    """Who was signed in last on a device, and where (E14): personal, of this tenant alone.

    A device that goes to another tenant leaves it behind, where it ages out (X10).
    """

    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, db_index=False)
    device = models.ForeignKey(
        "devices.Device", on_delete=models.CASCADE, db_constraint=False, db_index=False
    )
    user = models.CharField(max_length=160, blank=True)
    location = models.CharField(max_length=120, blank=True)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device", "tenant"], name="agents_presence_one")
        ]
        indexes = [models.Index(fields=["tenant", "seen_at"], name="agents_presence_age")]

    def __str__(self) -> str:
        return f"presence on {self.device_id}"
