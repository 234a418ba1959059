"""What replacing a device of a model costs, by tenant. Runs before new code.

Locks: the tenants, for the instant that a reference from an empty table takes.
"""

import django.db.models.deletion
from django.db import migrations, models

from fleetward.infra.rls import protect


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0004_before_reminders"),
        ("warranty", "0018_before_health_days"),
    ]
    operations = [
        migrations.CreateModel(
            name="ReplacementCost",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("manufacturer", models.CharField(blank=True, max_length=80)),
                ("model", models.CharField(blank=True, max_length=160)),
                ("cost", models.IntegerField()),
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
                        fields=["tenant", "manufacturer", "model"],
                        name="warranty_replacementcost_once",
                    )
                ],
            },
        ),
        protect("warranty_replacementcost"),
    ]
