"""Reminders of the end of coverage (S9). Runs before new code.

Locks: the devices, for the instant that a reference from an empty table takes.
"""

import django.db.models.deletion
from django.db import migrations, models

from fleetward.infra.rls import protect

SAME_TENANT = """
ALTER TABLE warranty_reminder ADD CONSTRAINT warranty_reminder_same_tenant
FOREIGN KEY (tenant_id, device_id) REFERENCES devices_device (tenant_id, id)
ON UPDATE CASCADE ON DELETE CASCADE
"""
# Twin of `rules.due_reminders`, for every day from `first_day` to `last_day`, as if it were told on
# each of them what is due on it: with one day it is what is sent, with a year the forecast.
REMINDERS = """
CREATE FUNCTION warranty_reminders(
    tenant bigint, thresholds integer[], seen_from date, first_day date, last_day date
) RETURNS TABLE (
    device_id bigint, ends_on date, days integer, due_on date, is_simulated boolean
) LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT c.device_id, c.ends_on, t.days, greatest(c.ends_on - t.days, first_day), c.is_simulated
    FROM unnest(thresholds) AS t (days)
    JOIN warranty_coverage c
        ON c.tenant_id = tenant AND c.ends_on BETWEEN seen_from AND last_day + t.days
    WHERE NOT EXISTS (
        SELECT FROM warranty_reminder r
        WHERE r.device_id = c.device_id AND r.ends_on = c.ends_on AND r.days = t.days
    );
END
"""


class Migration(migrations.Migration):
    dependencies = [
        ("devices", "0003_before_door_and_search"),
        ("tenancy", "0004_before_reminders"),
        ("warranty", "0013_before_scheduled_runs"),
    ]
    operations = [
        migrations.CreateModel(
            name="Reminding",
            fields=[
                (
                    "tenant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="tenancy.tenant",
                    ),
                ),
                ("seen_from", models.DateField()),
                ("done_to", models.DateField()),
            ],
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ends_on", models.DateField()),
                ("days", models.SmallIntegerField()),
                ("sent_on", models.DateField()),
                ("is_simulated", models.BooleanField()),
                (
                    "device",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="devices.device",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["device", "ends_on", "days"], name="warranty_reminder_once"
                    )
                ],
                "indexes": [
                    models.Index(fields=["tenant", "-id"], name="warranty_reminder_latest")
                ],
            },
        ),
        protect("warranty_reminding"),
        protect("warranty_reminder"),
        migrations.RunSQL(
            SAME_TENANT, "ALTER TABLE warranty_reminder DROP CONSTRAINT warranty_reminder_same_tenant"
        ),
        migrations.RunSQL(REMINDERS, "DROP FUNCTION warranty_reminders"),
    ]
