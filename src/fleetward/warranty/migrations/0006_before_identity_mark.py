"""A mark for each tenant that moves when devices become other machines (W17)."""

import django.db.models.deletion
from django.db import migrations, models

from fleetward.infra.rls import protect


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0001_initial"), ("warranty", "0005_before_set_checks")]
    operations = [
        migrations.CreateModel(
            name="IdentityMark",
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
                ("changes", models.BigIntegerField(default=0)),
            ],
        ),
        protect("warranty_identitymark"),
    ]
