"""Licence keys, plans, and what tenants keep of theirs (L3, T4). Runs before new code, which is
alone in writing them.

Locks: tenancy_tenant, for an instant each; the new tables, which are empty.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from fleetward.infra.rls import protect

STATES = ["UNLIMITED", "OK", "OVERENROLLED", "SUSPENDED"]


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0015_before_signing_up"), ("infra", "0001_ground")]
    operations = [
        migrations.CreateModel(
            name="Plan",
            fields=[
                ("code", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=60)),
                ("rank", models.PositiveSmallIntegerField()),
                (
                    "programmes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("is_offered", models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            name="LicenceSigner",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("public_key", models.CharField(max_length=64)),
                ("sealed_secret", models.CharField(max_length=1000)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="tenancy_licencesigner_one"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LicenceKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.UUIDField()),
                ("seats", models.PositiveIntegerField()),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("added_by", models.CharField(max_length=320)),
                ("added_at", models.DateTimeField()),
                (
                    "plan",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="tenancy.plan",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="tenancy.tenant"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "uid"), name="tenancy_licencekey_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__gte", models.F("starts_on")), ("seats__gte", 1)
                        ),
                        name="tenancy_licencekey_term",
                    ),
                ],
            },
        ),
        protect("tenancy_licencekey"),
        migrations.AddField(
            "tenant",
            "plan",
            models.CharField(db_default="STANDARD", default="STANDARD", max_length=20),
        ),
        migrations.AddField("tenant", "licensed_until", models.DateField(null=True)),
        migrations.AddField(
            "tenant",
            "licence_state",
            models.CharField(db_default="UNLIMITED", default="UNLIMITED", max_length=12),
        ),
        AddConstraintNotValid(
            model_name="tenant",
            constraint=models.CheckConstraint(
                condition=models.Q(("licence_state__in", STATES)), name="tenancy_tenant_licence"
            ),
        ),
        # What a new installation has; operators change them on the page of plans.
        migrations.RunSQL(
            """
            INSERT INTO tenancy_plan (code, name, rank, programmes, is_offered) VALUES
                ('STANDARD', 'Standard', 10, '{}', true),
                ('PREMIUM', 'Premium', 20, '{RESELL,SERVICE}', true),
                ('PREMIUM_PLUS', 'Premium+', 30, '{SERVICE}', true)
            """,
            "DELETE FROM tenancy_plan",
        ),
    ]
