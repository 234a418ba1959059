"""Webhooks and what is sent to them. Runs before new code.

Locks: the tenants, for the instant that a reference from an empty table takes.
"""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from fleetward.infra.rls import protect

SAME_TENANT = """
ALTER TABLE notifications_delivery ADD CONSTRAINT notifications_delivery_same_tenant
FOREIGN KEY (tenant_id, webhook_id) REFERENCES notifications_webhook (tenant_id, id)
ON UPDATE CASCADE ON DELETE CASCADE
"""


def _id() -> tuple[str, models.Field]:
    return (
        "id",
        models.BigAutoField(
            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
        ),
    )


def _tenant() -> tuple[str, models.Field]:
    return (
        "tenant",
        models.ForeignKey(
            db_index=False,
            on_delete=django.db.models.deletion.CASCADE,
            to="tenancy.tenant",
        ),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0006_before_archive"),
        ("notifications", "0002_before_tenant_scope"),
    ]
    operations = [
        migrations.CreateModel(
            name="Webhook",
            fields=[
                _id(),
                ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("name", models.CharField(max_length=80)),
                ("url", models.CharField(max_length=500)),
                (
                    "kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=48), default=list, size=None
                    ),
                ),
                ("is_enabled", models.BooleanField(default=True)),
                ("gone_at", models.DateTimeField(null=True)),
                ("sealed_secret", models.TextField()),
                ("sealed_earlier", models.TextField(blank=True)),
                ("earlier_until", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                _tenant(),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["tenant", "id"], name="notifications_webhook_tenant_id"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                _id(),
                ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("kind", models.CharField(max_length=48)),
                ("key", models.CharField(max_length=120)),
                ("body", models.TextField()),
                ("state", models.CharField(default="PENDING", max_length=10)),
                ("turn", models.IntegerField(default=0)),
                ("tries", models.SmallIntegerField(default=0)),
                ("status", models.SmallIntegerField(null=True)),
                ("error", models.CharField(blank=True, max_length=300)),
                ("created_at", models.DateTimeField()),
                ("attempted_at", models.DateTimeField(null=True)),
                ("delivered_at", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField(null=True)),
                _tenant(),
                (
                    "webhook",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="notifications.webhook",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["webhook", "-id"], name="notifications_delivery_latest"),
                    models.Index(fields=["webhook", "created_at"], name="notifications_delivery_old"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["webhook", "key"], name="notifications_delivery_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["PENDING", "DELIVERED", "FAILED"])),
                        name="notifications_delivery_state",
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            SAME_TENANT,
            "ALTER TABLE notifications_delivery DROP CONSTRAINT notifications_delivery_same_tenant",
        ),
        protect("notifications_webhook"),
        protect("notifications_delivery"),
    ]
