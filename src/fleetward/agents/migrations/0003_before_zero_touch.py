"""The zero-touch key, registered machines, and what a tenant sets about machines. Runs before new code,
which alone writes these tables.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from fleetward.infra.rls import protect


class Migration(migrations.Migration):
    dependencies = [
        ("agents", "0002_before_agents"),
        ("devices", "0031_before_search_in_all"),
        ("tenancy", "0008_before_checked_roles"),
    ]

    operations = [
        migrations.CreateModel(
            name="EnrolmentSettings",
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
                (
                    "domains",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=253), default=list, size=None
                    ),
                ),
                ("collects_presence", models.BooleanField(default=False)),
                ("presence_days", models.SmallIntegerField(default=30)),
            ],
        ),
        migrations.CreateModel(
            name="Presence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("user", models.CharField(blank=True, max_length=160)),
                ("location", models.CharField(blank=True, max_length=120)),
                ("seen_at", models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="enrolmentpin",
            name="agents_enrolmentpin_kind",
        ),
        migrations.RemoveConstraint(
            model_name="pending",
            name="agents_pending_kind",
        ),
        migrations.AddConstraint(
            model_name="enrolmentpin",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["PIN", "ZERO_TOUCH"])),
                name="agents_enrolmentpin_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="pending",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["REGISTERED", "HELD", "DOMAIN"])),
                name="agents_pending_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolmentsettings",
            constraint=models.CheckConstraint(
                condition=models.Q(("presence_days__range", (1, 365))), name="agents_presence_days"
            ),
        ),
        migrations.AddField(
            model_name="presence",
            name="device",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                to="devices.device",
            ),
        ),
        migrations.AddField(
            model_name="presence",
            name="tenant",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, to="tenancy.tenant"
            ),
        ),
        migrations.AddIndex(
            model_name="presence",
            index=models.Index(fields=["tenant", "seen_at"], name="agents_presence_age"),
        ),
        migrations.AddConstraint(
            model_name="presence",
            constraint=models.UniqueConstraint(
                fields=("device", "tenant"), name="agents_presence_one"
            ),
        ),
        protect("agents_enrolmentsettings"),
        protect("agents_presence"),
    ]
