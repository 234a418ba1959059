"""Calls that added and changed many devices, and how each of their items ended."""

from __future__ import annotations

import uuid

from django.db import models


class StoreCall(models.Model):
    """One call for many devices, each with its own values: its record (hardening, 1 and 7).

    `ends` has a line for each item, in their order: outcome, device, and of a refused one the
    fields of its reason. They come and are read together, and never change.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, db_index=False)
    started_by = models.CharField(max_length=320)
    on_behalf = models.CharField(max_length=320, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    created = models.IntegerField()
    changed = models.IntegerField()
    unchanged = models.IntegerField()
    refused = models.IntegerField()
    ends = models.JSONField()
    outcome_digest = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["tenant", "-id"], name="devices_storecall_latest")]

    def __str__(self) -> str:
        return f"call {self.uid}"
