"""Saved views of the device list. Runs before new code."""

import uuid

import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

from fleetward.infra.rls import protect


class Migration(migrations.Migration):
    dependencies = [("devices", "0009_before_groups"), ("tenancy", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="View",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("user_id", models.BigIntegerField()),
                ("name", models.CharField(max_length=80)),
                ("query", models.TextField(blank=True)),
                ("columns", models.TextField(blank=True)),
                ("is_shared", models.BooleanField(default=False)),
                ("default_role", models.CharField(blank=True, default="", max_length=16)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
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
                "constraints": [
                    models.UniqueConstraint(
                        models.F("tenant"),
                        models.F("user_id"),
                        django.db.models.functions.text.Lower("name"),
                        name="devices_view_name_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("default_role", ""), _negated=True),
                        fields=("tenant", "default_role"),
                        name="devices_view_one_default",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("default_role", ""), ("is_shared", True), _connector="OR"
                        ),
                        name="devices_view_default_is_shared",
                    ),
                ],
            },
        ),
        protect("devices_view"),
    ]
