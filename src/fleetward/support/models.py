"""Requests to the operator, their messages and the names of what is attached.

Each row belongs to two tenants: the one that asks, and the operator's, which answers. Row-level
security shows it in the scope of either; nothing else of the one shows in the scope of the other.
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from fleetward.support.contracts import (
    NAME_CHARACTERS,
    SERIAL_CHARACTERS,
    SUBJECT_CHARACTERS,
    Category,
    RequestState,
    Side,
    Step,
)


def _one_of(
    of: str, field: str, enum: type[Category | RequestState | Side | Step]
) -> models.CheckConstraint:
    words = [str(word) for word in enum]
    condition = models.Q(**{f"{field}__in": words})
    return models.CheckConstraint(condition=condition, name=f"support_{of}_{field}")


class OfBoth(models.Model):
    """What shows to the tenant that asks and to the operator."""

    tenant = models.ForeignKey(
        "tenancy.Tenant", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    operator = models.ForeignKey(
        "tenancy.Tenant", on_delete=models.CASCADE, related_name="+", db_index=False
    )

    class Meta:
        abstract = True


class Request(OfBoth):
    """What a tenant asks. `changed_at` is of the latest message."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    subject = models.CharField(max_length=SUBJECT_CHARACTERS)
    category = models.CharField(max_length=20)
    serials = ArrayField(models.CharField(max_length=SERIAL_CHARACTERS), default=list)
    state = models.CharField(max_length=10, default="OPEN")
    asked_by = models.CharField(max_length=320)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            # Also what messages refer to with both of their tenants.
            models.UniqueConstraint(
                fields=["tenant", "operator", "id"], name="support_request_tenants_id"
            ),
            _one_of("request", "state", RequestState),
            _one_of("request", "category", Category),
        ]
        indexes = [models.Index(fields=["operator", "-id"], name="support_request_latest")]

    def __str__(self) -> str:
        return f"{self.state} {self.uid}"


class Message(OfBoth):
    """What somebody said in a request. `digest` is that of what came under its `key`."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    request = models.ForeignKey(Request, on_delete=models.CASCADE, db_index=False)
    side = models.CharField(max_length=10)
    step = models.CharField(max_length=10, default="MESSAGE")
    author = models.CharField(max_length=320)
    user_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    text = models.TextField(blank=True)
    key = models.CharField(max_length=200, null=True)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="support_message_once"),
            models.UniqueConstraint(
                fields=["tenant", "operator", "id"], name="support_message_tenants_id"
            ),
            _one_of("message", "side", Side),
            _one_of("message", "step", Step),
        ]
        indexes = [models.Index(fields=["request", "id"], name="support_message_of_request")]

    def __str__(self) -> str:
        return f"{self.side} {self.step} {self.uid}"


class Attachment(OfBoth):
    """A file of a message, kept under its uid (`infra.kept_files`)."""

    uid = models.UUIDField(unique=True)
    message = models.ForeignKey(Message, on_delete=models.CASCADE)
    name = models.CharField(max_length=NAME_CHARACTERS)
    size = models.IntegerField()
    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.name
