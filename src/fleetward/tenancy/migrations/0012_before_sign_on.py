"""Identity providers of tenants, who is linked to them, and whether passwords let in too.

Locks: tenancy_tenant, for an instant; the new tables, which are empty.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from fleetward.infra.rls import protect


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0011_before_portal_access"),
        ("infra", "0001_ground"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField(
            model_name="tenant",
            name="allows_passwords",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.CreateModel(
            name="SignOnProvider",
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
                ("issuer", models.CharField(max_length=500)),
                ("client_id", models.CharField(max_length=255)),
                ("sealed_secret", models.CharField(max_length=1000)),
                ("metadata", models.JSONField()),
                ("is_enabled", models.BooleanField(default=False)),
                ("tested_at", models.DateTimeField()),
                ("test_error", models.CharField(blank=True, max_length=500)),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="LinkedIdentity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("issuer", models.CharField(max_length=500)),
                ("subject", models.CharField(max_length=255)),
                ("created_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="tenancy.tenant"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "issuer", "subject"), name="tenancy_identity_once"
                    ),
                    models.UniqueConstraint(
                        fields=("tenant", "user"), name="tenancy_identity_of_user"
                    ),
                ],
            },
        ),
        protect("tenancy_signonprovider"),
        protect("tenancy_linkedidentity"),
    ]
