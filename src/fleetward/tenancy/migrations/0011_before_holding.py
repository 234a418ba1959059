"""Holding tenants with the partner that owns them, certified members, operators (T6, T8, L1).
Runs before new code, which is alone in writing them.

Locks: tenancy_tenant, tenancy_membership and tenancy_invitation, for an instant each; the index is
one of a table of some thousand rows. Roles are looked at by the next migration.
"""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

ROLES = [
    "IT_ADMIN",
    "DEVICE_ADMIN",
    "CONNECTOR_ADMIN",
    "DEVELOPER",
    "REPORT_ADMIN",
    "PARTNER_ADMIN",
    "PARTNER_SERVICE",
    "CUSTOM",
    "PARTNER_CUSTOM",
    "OPERATOR",
]
OWNER = models.Q(("kind", "HOLDING"), ("owner__isnull", False)) | models.Q(
    models.Q(("kind", "HOLDING"), _negated=True), ("owner__isnull", True)
)


def _roles(model: str) -> list[migrations.operations.base.Operation]:
    name = f"tenancy_{model}_role"
    check = models.CheckConstraint(condition=models.Q(("role__in", ROLES)), name=name)
    return [
        migrations.RemoveConstraint(model_name=model, name=name),
        AddConstraintNotValid(model_name=model, constraint=check),
    ]


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0010_before_checked_custom_roles")]
    operations = [
        migrations.AddField(
            "tenant",
            "owner",
            models.OneToOneField(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="holding",
                to="tenancy.tenant",
            ),
        ),
        AddConstraintNotValid(
            model_name="tenant",
            constraint=models.CheckConstraint(condition=OWNER, name="tenancy_tenant_owner"),
        ),
        migrations.AddField("membership", "is_certified", models.BooleanField(db_default=False)),
        *_roles("membership"),
        *_roles("invitation"),
    ]
