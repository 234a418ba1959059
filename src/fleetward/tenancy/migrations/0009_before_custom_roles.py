"""Custom roles, and two more predefined ones (L1). Runs before new code, which is alone in writing
them.

Locks: tenancy_tenant, for the instant that a reference from an empty table takes;
tenancy_membership and tenancy_invitation, for an instant each. Their rows are looked at by the next
migration.
"""

import uuid

import django.db.models.deletion
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models.functions import Lower
from django.db.models.query_utils import Q

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
]
CUSTOM = ["CUSTOM", "PARTNER_CUSTOM"]
SAME_TENANT = """
ALTER TABLE tenancy_{0} ADD CONSTRAINT tenancy_{0}_same_tenant
FOREIGN KEY (tenant_id, custom_id) REFERENCES tenancy_customrole (tenant_id, id) NOT VALID
"""


def _refers(model: str) -> list[migrations.operations.base.Operation]:
    role = models.CheckConstraint(
        condition=models.Q(("role__in", ROLES)), name=f"tenancy_{model}_role"
    )
    is_custom, has_row = Q(role__in=CUSTOM), Q(custom__isnull=False)
    custom = models.CheckConstraint(
        condition=is_custom & has_row | ~is_custom & ~has_row, name=f"tenancy_{model}_custom"
    )
    return [
        migrations.AddField(
            model_name=model,
            name="custom",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="+",
                to="tenancy.customrole",
            ),
        ),
        migrations.RemoveConstraint(model_name=model, name=f"tenancy_{model}_role"),
        AddConstraintNotValid(model_name=model, constraint=role),
        AddConstraintNotValid(model_name=model, constraint=custom),
        migrations.RunSQL(SAME_TENANT.format(model), migrations.RunSQL.noop),
    ]


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0008_before_checked_roles")]
    operations = [
        migrations.CreateModel(
            name="CustomRole",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("word", models.CharField(max_length=16)),
                ("name", models.CharField(max_length=60)),
                ("description", models.CharField(blank=True, max_length=200)),
                (
                    "permissions",
                    ArrayField(base_field=models.CharField(max_length=40), size=None),
                ),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
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
                        models.F("tenant"), Lower("name"), name="tenancy_customrole_name"
                    ),
                    models.UniqueConstraint(
                        fields=("tenant", "id"), name="tenancy_customrole_own"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("word__in", CUSTOM)), name="tenancy_customrole_word"
                    ),
                ],
            },
        ),
        *_refers("membership"),
        *_refers("invitation"),
    ]
