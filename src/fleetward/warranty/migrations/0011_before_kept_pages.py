"""Answered pages that are not stored yet, so that a killed worker takes none of them along.

Locks: the new table alone, which is empty.
"""

import django.db.models.deletion
from django.db import migrations, models

from fleetward.infra.rls import protect

# Unlogged: a page outlives every worker, and after a crash of PostgreSQL itself it is asked again.
# Not compressed: it lives for a second.
FAST = """
ALTER TABLE warranty_keptpage SET UNLOGGED;
ALTER TABLE warranty_keptpage ALTER COLUMN body SET STORAGE EXTERNAL;
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0001_initial"), ("warranty", "0010_before_wrong_company")]
    operations = [
        migrations.CreateModel(
            name="KeptPage",
            fields=[
                (
                    "batch",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="warranty.batch",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="warranty.run",
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
                ("revision", models.IntegerField()),
                ("body", models.BinaryField()),
            ],
        ),
        migrations.RunSQL(FAST, migrations.RunSQL.noop),
        protect("warranty_keptpage"),
    ]
