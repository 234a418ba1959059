"""Saved filters of the logs. Runs before new code."""

import uuid

import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

from fleetward.infra.rls import protect


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_before_log_indexes"), ("tenancy", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="LogFilter",
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
                ("is_public", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
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
                        name="audit_logfilter_name_once",
                    ),
                ],
            },
        ),
        protect("audit_logfilter"),
    ]
