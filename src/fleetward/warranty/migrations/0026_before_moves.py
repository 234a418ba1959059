"""What is set aside when devices go to another tenant (X10, T14). Runs before new code.

Locks: the new table alone, which is empty.
"""

from django.db import migrations, models

from fleetward.infra.rls import protect


class Migration(migrations.Migration):
    dependencies = [("devices", "0030_before_checked_moves"), ("warranty", "0025_before_is_due")]
    operations = [
        migrations.CreateModel(
            name="SetAside",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("tenant_id", models.BigIntegerField()),
                ("reference", models.UUIDField()),
                ("device_id", models.BigIntegerField()),
                ("kind", models.CharField(max_length=8)),
                ("body", models.JSONField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["LINE", "EVIDENCE", "COVERAGE", "REMINDER"])
                        ),
                        name="warranty_setaside_kind",
                    )
                ],
                "indexes": [
                    models.Index(fields=["reference", "device_id"], name="warranty_setaside_move")
                ],
            },
        ),
        protect("warranty_setaside"),
    ]
