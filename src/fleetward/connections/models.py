"""Connections with their sealed secrets and tokens, and the quota of each over all workers."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Value

from fleetward.connections.contracts import PastError, State


class Connection(models.Model):
    """One tenant's access to one provider. Secrets are sealed (`infra.crypto`), never plain.

    `sealed_next` holds a new secret beside the one in use, until a test has shown that it works
    (W3). `revision` counts changes of credentials, so that trouble with old ones blames no new one.
    `simulated_at` is the base URL at which a simulator was the latest to answer (W20).
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE)
    provider = models.CharField(max_length=32)
    label = models.CharField(max_length=80, blank=True)
    is_enabled = models.BooleanField(default=False)
    settings = models.JSONField(default=dict)
    sealed = models.JSONField(default=dict)
    sealed_next = models.JSONField(default=dict)
    revision = models.IntegerField(default=1)
    secret_expires_on = models.DateField(null=True)
    next_expires_on = models.DateField(null=True)
    next_tested_at = models.DateTimeField(null=True)
    next_error = models.CharField(max_length=500, blank=True, db_default="")
    reminded_days = models.SmallIntegerField(null=True)
    state = models.CharField(max_length=24, default="UNTESTED")
    state_text = models.CharField(max_length=500, blank=True)
    tested_at = models.DateTimeField(null=True)
    latest_success_at = models.DateTimeField(null=True)
    latest_error_at = models.DateTimeField(null=True)
    latest_error = models.CharField(max_length=500, blank=True)
    earlier_errors = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    simulated_at = models.CharField(max_length=500, blank=True, db_default="")
    sealed_token = models.TextField(blank=True)
    token_expires_at = models.DateTimeField(null=True)
    token_locked_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "provider"], name="connections_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=[str(state) for state in State]),
                name="connections_state",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} of {self.tenant_id}"

    @property
    def errors(self) -> tuple[PastError, ...]:
        """What went wrong, newest first."""
        if self.latest_error_at is None:
            return ()
        earlier = [
            PastError(datetime.fromisoformat(error["at"]), error["text"])
            for error in self.earlier_errors
        ]
        return (PastError(self.latest_error_at, self.latest_error), *earlier)


class Quota(models.Model):
    """The pace of one connection over all workers (`rules.Pace`), under the lock of this row.

    `failures` counts times of trouble without success in between; calls that fail while another
    failure holds all calls are of the same time. `used` is of the UTC day `used_on`.
    """

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, primary_key=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE)
    next_at = models.DateTimeField()
    bucket = models.BigIntegerField(default=0, db_default=0)
    counts = ArrayField(models.IntegerField(), default=list, db_default=Value("{}"))
    used_on = models.DateField()
    used = models.BigIntegerField(default=0)
    failures = models.SmallIntegerField(default=0)
    held_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.used} on {self.used_on}"
