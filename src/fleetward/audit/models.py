"""Entries of the trail and the hash chain over them. The application may add, never change."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Lower


class Entry(models.Model):
    """What happened once. `subject` is a kind and a public id, such as `device:6f1c…`."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, null=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=320)
    actor_kind = models.CharField(max_length=8)
    verb = models.CharField(max_length=64)
    subject = models.CharField(max_length=128, blank=True)
    details = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)
    address = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "-id"], name="audit_entry_tenant_id"),
            # Each page of the logs is read along one of these (`queries.entries`).
            models.Index(fields=["tenant", "-at", "-id"], name="audit_entry_time"),
            models.Index(fields=["tenant", "verb", "-at", "-id"], name="audit_entry_verb"),
            models.Index(
                fields=["tenant", "actor", "verb", "-at", "-id"], name="audit_entry_actor"
            ),
            models.Index(fields=["tenant", "subject", "-at", "-id"], name="audit_entry_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb}"


class Waiting(models.Model):
    """An entry that has no seal yet. A trigger of the entries fills it, sealing empties it.

    So that sealing looks at what is new, however long the trail has become.
    """

    entry = models.OneToOneField(
        Entry, primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    tenant = models.ForeignKey(
        "tenancy.Tenant", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        indexes = [models.Index(fields=["tenant", "entry"], name="audit_waiting_tenant_entry")]

    def __str__(self) -> str:
        return f"entry {self.entry_id}"


class LogFilter(models.Model):
    """A filter of the logs that somebody keeps: the query of its address, under a name.

    `user_id` is its owner; a public one is there for all who see the logs of the tenant.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey(
        "tenancy.Tenant", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    user_id = models.BigIntegerField()
    name = models.CharField(max_length=80)
    query = models.TextField(blank=True)
    is_public = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "tenant", "user_id", Lower("name"), name="audit_logfilter_name_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Seal(models.Model):
    """A link of a chain, in order of `id`: hash of its entry and the link before.

    Each tenant has a chain; that without a tenant is the installation's. `form` says which fields
    of the entry went into the hash (`rules.SEALED`).
    """

    entry = models.OneToOneField(Entry, on_delete=models.PROTECT)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, null=True)
    digest = models.CharField(max_length=64)
    form = models.SmallIntegerField(default=1, db_default=1)

    class Meta:
        indexes = [models.Index(fields=["tenant", "-id"], name="audit_seal_tenant_id")]

    def __str__(self) -> str:
        return self.digest
