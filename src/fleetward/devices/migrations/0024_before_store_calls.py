"""Calls that added and changed many devices, with how each item ended. Runs before new code.

Locks: the tenants, for the instant that a reference from an empty table takes.
"""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from fleetward.infra.rls import protect


class Migration(migrations.Migration):
    dependencies = [
        ("devices", "0023_before_checked_group_history"),
        ("tenancy", "0006_before_archive"),
    ]

    operations = [
        migrations.CreateModel(
            name="StoreCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("started_by", models.CharField(max_length=320)),
                ("on_behalf", models.CharField(blank=True, max_length=320)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("created", models.IntegerField()),
                ("changed", models.IntegerField()),
                ("unchanged", models.IntegerField()),
                ("refused", models.IntegerField()),
                ("ends", models.JSONField()),
                ("outcome_digest", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField()),
                ("tenant", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="tenancy.tenant")),
            ],
            options={
                "indexes": [models.Index(fields=["tenant", "-id"], name="devices_storecall_latest")],
            },
        ),
        protect("devices_storecall"),
    ]
