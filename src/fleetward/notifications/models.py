"""Items of the Notification Center. Texts are made when read, in the reader's language."""

from __future__ import annotations

import uuid

from django.db import models


class Notification(models.Model):
    """Something a user should know, told once: `key` is unique for each user and tenant."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE)
    user = models.ForeignKey("identity.User", on_delete=models.CASCADE)
    kind = models.CharField(max_length=48)
    level = models.CharField(max_length=8, default="INFO")
    params = models.JSONField(default=dict)
    link = models.CharField(max_length=300, blank=True)
    key = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "user", "key"], name="notifications_notification_once"
            )
        ]
        indexes = [models.Index(fields=["user", "-id"], name="notifications_user_id")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
