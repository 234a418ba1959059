"""How connections stood on each day, for what has changed since (W2). Runs before new code.

Locks: the tenants, for the instant that a reference from an empty table takes.
"""

import django.db.models.deletion
from django.db import migrations, models

from fleetward.infra.rls import protect


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0004_before_reminders"),
        ("warranty", "0017_before_problems_of_runs"),
    ]
    operations = [
        migrations.CreateModel(
            name="HealthDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("provider", models.CharField(max_length=32)),
                ("kept_on", models.DateField()),
                ("devices", models.IntegerField()),
                ("answered", models.IntegerField()),
                ("found", models.IntegerField()),
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
                        fields=["tenant", "kept_on", "provider"], name="warranty_healthday_once"
                    )
                ],
            },
        ),
        protect("warranty_healthday"),
    ]
