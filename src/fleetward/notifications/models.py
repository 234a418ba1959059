"""Items of the Notification Center, whose texts are made when read, and webhooks."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from fleetward.notifications.contracts import DeliveryState


class Notification(models.Model):
    """Something a user should know, told once: `key` is unique for each user and tenant.

    `about_tenant`: another tenant of which the bell shows it as well, to whoever has both in reach.
    `mailed_at`: when the mail that tells of it was claimed, or mails began without it.
    """

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
    snoozed_until = models.DateTimeField(null=True)
    about_tenant = models.BigIntegerField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "user", "key"], name="notifications_notification_once"
            )
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="notifications_user_id"),
            # The bell, which every open page asks for again and again.
            models.Index(
                fields=["tenant", "user"],
                condition=models.Q(read_at=None),
                name="notifications_unread",
            ),
            models.Index(
                fields=["about_tenant", "user"],
                condition=models.Q(read_at=None, about_tenant__isnull=False),
                name="notifications_unread_about",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Mailing(models.Model):
    """When a user wants mails of what is new in a tenant.

    `claimed_at`: of the mail that is on its way, whose items are `mailed_at` the same moment.
    `next_at` is None for mails at once, and for none. `sent_to` and `claimed_to` are those of the
    release before, which went by the highest number.
    """

    tenant = models.ForeignKey(
        "tenancy.Tenant", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    user = models.ForeignKey("identity.User", on_delete=models.CASCADE, related_name="+")
    how = models.CharField(max_length=8)
    hour = models.SmallIntegerField()
    next_at = models.DateTimeField(null=True)
    sent_to = models.BigIntegerField(default=0)
    claimed_to = models.BigIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user"], name="notifications_mailing_once"),
            models.CheckConstraint(
                condition=models.Q(hour__gte=0, hour__lte=23), name="notifications_mailing_hour"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.how} {self.hour}"


class Webhook(models.Model):
    """A receiver of what happens in a tenant. Its secrets are sealed (`infra.crypto`).

    `sealed_earlier` signs beside the present one until `earlier_until`. `updated_at` is of what
    people set. Without `kinds` it has all. `given_up_at`: since it took one, or was changed, a
    delivery was given up.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, db_index=False)
    name = models.CharField(max_length=80)
    url = models.CharField(max_length=500)
    kinds = ArrayField(models.CharField(max_length=48), default=list)
    is_enabled = models.BooleanField(default=True)
    gone_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    sealed_secret = models.TextField()
    sealed_earlier = models.TextField(blank=True)
    earlier_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            # Also what deliveries refer to with their tenant.
            models.UniqueConstraint(fields=["tenant", "id"], name="notifications_webhook_tenant_id")
        ]

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """An item for a webhook, once for its `key`. `turn` is that of the try that is planned."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, db_index=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, db_index=False)
    kind = models.CharField(max_length=48)
    key = models.CharField(max_length=120)
    body = models.TextField()
    state = models.CharField(max_length=10, default="PENDING")
    turn = models.IntegerField(default=0)
    tries = models.SmallIntegerField(default=0)
    status = models.SmallIntegerField(null=True)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    attempted_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["webhook", "key"], name="notifications_delivery_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=[str(state) for state in DeliveryState]),
                name="notifications_delivery_state",
            ),
        ]
        indexes = [
            models.Index(fields=["webhook", "-id"], name="notifications_delivery_latest"),
            models.Index(fields=["webhook", "created_at"], name="notifications_delivery_old"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
