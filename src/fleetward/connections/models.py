"""Connections with their sealed secrets and tokens, and the quota buckets of providers."""

from __future__ import annotations

import uuid

from django.db import models


class Connection(models.Model):
    """One tenant's access to one provider. Secrets are sealed (`infra.crypto`), never plain."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE)
    provider = models.CharField(max_length=32)
    is_enabled = models.BooleanField(default=False)
    settings = models.JSONField(default=dict)
    sealed = models.JSONField(default=dict)
    secret_expires_on = models.DateField(null=True)
    reminded_days = models.SmallIntegerField(null=True)
    state = models.CharField(max_length=24, default="UNTESTED")
    state_text = models.CharField(max_length=500, blank=True)
    tested_at = models.DateTimeField(null=True)
    latest_success_at = models.DateTimeField(null=True)
    latest_error_at = models.DateTimeField(null=True)
    latest_error = models.CharField(max_length=500, blank=True)
    sealed_token = models.TextField(blank=True)
    token_expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "provider"], name="connections_once"),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["UNTESTED", "OK", "SIGN_IN_NEEDED", "CREDENTIALS_REFUSED", "FAILING"]
                ),
                name="connections_state",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} of {self.tenant_id}"


class Quota(models.Model):
    """The quota of one connection over all workers: a rate limit by the time of the next call."""

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, primary_key=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE)
    next_at = models.DateTimeField()
    used_on = models.DateField()
    used = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.used} on {self.used_on}"
