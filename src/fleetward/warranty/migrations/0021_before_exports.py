"""Exports that are made as jobs. Runs before new code.

Locks: the tenants, for the instant that a reference from an empty table takes.
"""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from fleetward.infra.rls import protect


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0004_before_reminders"),
        ("warranty", "0020_before_flaws"),
    ]
    operations = [
        migrations.CreateModel(
            name="Export",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("user_id", models.BigIntegerField()),
                ("started_by", models.CharField(max_length=320)),
                ("on_behalf", models.CharField(blank=True, max_length=320)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("format", models.CharField(max_length=8)),
                ("state", models.CharField(default="RUNNING", max_length=10)),
                ("query", models.TextField(blank=True)),
                ("selection_id", models.BigIntegerField(null=True)),
                ("sheet", models.JSONField()),
                ("today", models.DateField()),
                ("time_zone", models.CharField(max_length=64)),
                ("expiring_days", models.IntegerField()),
                ("devices", models.IntegerField(default=0)),
                ("written", models.IntegerField(default=0)),
                ("size", models.BigIntegerField(default=0)),
                ("problem", models.JSONField(null=True)),
                ("created_at", models.DateTimeField()),
                ("heartbeat_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("removed_at", models.DateTimeField(null=True)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["tenant", "user_id", "-id"], name="warranty_export_latest"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["RUNNING", "CANCELLING", "DONE", "CANCELLED", "FAILED"])
                        ),
                        name="warranty_export_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("format__in", ["csv", "xlsx"])),
                        name="warranty_export_format",
                    ),
                ],
            },
        ),
        protect("warranty_export"),
    ]
