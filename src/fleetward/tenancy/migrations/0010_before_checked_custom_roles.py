"""Memberships and invitations are looked at for their roles once more. Runs before new code.

Locks: none that anybody waits for.
"""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

VALIDATE = "ALTER TABLE tenancy_{0} VALIDATE CONSTRAINT tenancy_{0}_same_tenant"


def _looked_at(model: str) -> list[migrations.operations.base.Operation]:
    return [
        ValidateConstraint(model_name=model, name=f"tenancy_{model}_role"),
        ValidateConstraint(model_name=model, name=f"tenancy_{model}_custom"),
        migrations.RunSQL(VALIDATE.format(model), migrations.RunSQL.noop),
    ]


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0009_before_custom_roles")]
    operations = [*_looked_at("membership"), *_looked_at("invitation")]
