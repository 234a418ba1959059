"""Partners and their customers (T2, T3), where organisations are found, and the roles of a partner.
Runs before new code, which is alone in writing them.

Locks: tenancy_tenant, for the instant that references from empty tables take; tenancy_membership and
tenancy_invitation, for an instant each. Their rows are looked at by the next migration.
"""

import uuid

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from fleetward.infra.rls import protect

ROLES = ["IT_ADMIN", "DEVICE_ADMIN", "REPORT_ADMIN", "PARTNER_ADMIN", "PARTNER_SERVICE"]
OPEN = ["PENDING", "ACCEPTED"]


def _roles(model: str) -> list[migrations.operations.base.Operation]:
    name = f"tenancy_{model}_role"
    check = models.CheckConstraint(condition=models.Q(("role__in", ROLES)), name=name)
    return [
        migrations.RemoveConstraint(model_name=model, name=name),
        AddConstraintNotValid(model_name=model, constraint=check),
    ]


def _tenant() -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False,
        on_delete=django.db.models.deletion.CASCADE,
        related_name="+",
        to="tenancy.tenant",
    )


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0006_before_archive"), ("infra", "0001_ground")]
    operations = [
        migrations.CreateModel(
            name="Company",
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
                ("address", models.CharField(blank=True, max_length=200)),
                ("city", models.CharField(blank=True, max_length=80)),
                ("postal_code", models.CharField(blank=True, max_length=16)),
                ("country", models.CharField(blank=True, max_length=2)),
                ("phone", models.CharField(blank=True, max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name="Relation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("state", models.CharField(default="PENDING", max_length=12)),
                ("admin_email", models.CharField(max_length=254)),
                ("made_by", models.CharField(max_length=320)),
                ("made_at", models.DateTimeField()),
                ("answered_by", models.CharField(blank=True, max_length=320)),
                ("answered_at", models.DateTimeField(null=True)),
                ("ended_by", models.CharField(blank=True, max_length=320)),
                ("ended_at", models.DateTimeField(null=True)),
                ("customer", _tenant()),
                ("partner", _tenant()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", OPEN)),
                        fields=("customer",),
                        name="tenancy_relation_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", [*OPEN, "DECLINED", "ENDED"])),
                        name="tenancy_relation_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("partner", models.F("customer")), _negated=True),
                        name="tenancy_relation_two",
                    ),
                ],
                "indexes": [
                    models.Index(
                        fields=["partner", "state", "customer"], name="tenancy_relation_partner"
                    )
                ],
            },
        ),
        protect("tenancy_company"),
        *_roles("membership"),
        *_roles("invitation"),
    ]
