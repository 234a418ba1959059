"""Schedules of a view or a group (W7), and runs that they have started. Runs before new code.

With a default of the database: nothing is rewritten, and the release before goes on beside it.
Locks: the tenants, for the instant that a reference from an empty table takes; warranty_run, for
the instant in which a column is added.
"""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from fleetward.infra.rls import protect


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0004_before_reminders"),
        ("warranty", "0021_before_exports"),
    ]
    operations = [
        migrations.AddField("run", "is_scheduled", models.BooleanField(db_default=False)),
        migrations.CreateModel(
            name="RunSchedule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("name", models.CharField(max_length=80)),
                ("view_uid", models.UUIDField(null=True)),
                ("group_uid", models.UUIDField(null=True)),
                ("every_days", models.SmallIntegerField()),
                ("next_on", models.DateField()),
                ("problem", models.CharField(blank=True, default="", max_length=64)),
                ("latest_run_id", models.BigIntegerField(null=True)),
                ("made_by", models.CharField(max_length=320)),
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
                    models.CheckConstraint(
                        condition=models.Q(view_uid__isnull=True, group_uid__isnull=False)
                        | models.Q(view_uid__isnull=False, group_uid__isnull=True),
                        name="warranty_runschedule_target",
                    )
                ],
                "indexes": [
                    models.Index(fields=["tenant", "id"], name="warranty_runschedule_list")
                ],
            },
        ),
        protect("warranty_runschedule"),
    ]
