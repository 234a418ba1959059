"""Companies that sign themselves up (T13). Runs before new code, which is alone in using them.

Locks: the new tables, which are empty.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from fleetward.infra.rls import protect


def _key() -> models.BigAutoField:
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0014_before_checked_owner"),
        ("infra", "0001_ground"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="SignUpDoor",
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
                ("is_open", models.BooleanField(default=False)),
                ("terms_version", models.CharField(blank=True, max_length=40)),
                ("terms_url", models.CharField(blank=True, max_length=500)),
                ("terms_text", models.TextField(blank=True)),
                ("changed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="SignUp",
            fields=[
                ("id", _key()),
                ("email", models.CharField(max_length=254)),
                ("digest", models.CharField(max_length=64, null=True, unique=True)),
                ("told", models.JSONField()),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
            options={
                "indexes": [models.Index(fields=["email", "id"], name="tenancy_signup_email")],
            },
        ),
        migrations.CreateModel(
            name="AcceptedTerms",
            fields=[
                ("id", _key()),
                ("version", models.CharField(max_length=40)),
                ("accepted_at", models.DateTimeField()),
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
        ),
        protect("tenancy_signupdoor"),
        protect("tenancy_acceptedterms"),
    ]
