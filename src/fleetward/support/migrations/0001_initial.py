"""Requests to the operator, their messages and what is attached (L8).

A row shows in the scope of the tenant that asks, and in that of the operator's tenant.
Locks: the tenants, for the instant that references from empty tables take.
"""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from fleetward.infra.rls import POLICY, protect

BOTH = f"{POLICY} OR {POLICY.replace('tenant_id', 'operator_id')}"
STATES = ["OPEN", "ANSWERED", "CLOSED"]
CATEGORIES = ["MISSING_DEVICES", "TRANSFER", "IMPORT", "WARRANTY", "ACCOUNT", "OTHER"]


def _id() -> tuple[str, models.Field]:
    return (
        "id",
        models.BigAutoField(
            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
        ),
    )


def _tenants() -> list[tuple[str, models.Field]]:
    return [
        (
            name,
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="tenancy.tenant",
            ),
        )
        for name in ("tenant", "operator")
    ]


def _of(table: str, column: str, parent: str) -> migrations.RunSQL:
    """What belongs to something belongs to the same two tenants."""
    name = f"support_{table}_same_tenants"
    return migrations.RunSQL(
        f"""
        ALTER TABLE support_{table} ADD CONSTRAINT {name}
        FOREIGN KEY (tenant_id, operator_id, {column})
        REFERENCES support_{parent} (tenant_id, operator_id, id)
        ON UPDATE CASCADE ON DELETE CASCADE
        """,
        f"ALTER TABLE support_{table} DROP CONSTRAINT {name}",
    )


def _words(of: str, field: str, words: list[str]) -> models.CheckConstraint:
    condition = models.Q((f"{field}__in", words))
    return models.CheckConstraint(condition=condition, name=f"support_{of}_{field}")


def _both(of: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(
        fields=["tenant", "operator", "id"], name=f"support_{of}_tenants_id"
    )


class Migration(migrations.Migration):
    initial = True
    dependencies = [("tenancy", "0008_before_checked_roles"), ("infra", "0001_ground")]
    operations = [
        migrations.CreateModel(
            name="Request",
            fields=[
                _id(),
                ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                *_tenants(),
                ("subject", models.CharField(max_length=200)),
                ("category", models.CharField(max_length=20)),
                (
                    "serials",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64), default=list, size=None
                    ),
                ),
                ("state", models.CharField(default="OPEN", max_length=10)),
                ("asked_by", models.CharField(max_length=320)),
                ("opened_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["operator", "-id"], name="support_request_latest")
                ],
                "constraints": [
                    _both("request"),
                    _words("request", "state", STATES),
                    _words("request", "category", CATEGORIES),
                ],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                _id(),
                ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                *_tenants(),
                (
                    "request",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="support.request",
                    ),
                ),
                ("side", models.CharField(max_length=10)),
                ("step", models.CharField(default="MESSAGE", max_length=10)),
                ("author", models.CharField(max_length=320)),
                ("user_id", models.BigIntegerField(null=True)),
                ("at", models.DateTimeField()),
                ("text", models.TextField(blank=True)),
                ("key", models.CharField(max_length=200, null=True)),
                ("digest", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["request", "id"], name="support_message_of_request")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=["tenant", "key"], name="support_message_once"),
                    _both("message"),
                    _words("message", "side", ["TENANT", "OPERATOR"]),
                    _words("message", "step", ["MESSAGE", "CLOSED", "REOPENED"]),
                ],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                _id(),
                ("uid", models.UUIDField(unique=True)),
                *_tenants(),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="support.message"
                    ),
                ),
                ("name", models.CharField(max_length=150)),
                ("size", models.IntegerField()),
                ("digest", models.CharField(max_length=64)),
            ],
        ),
        _of("message", "request_id", "request"),
        _of("attachment", "message_id", "message"),
        protect("support_request", using=BOTH, check=BOTH),
        protect("support_message", using=BOTH, check=BOTH),
        protect("support_attachment", using=BOTH, check=BOTH),
    ]
