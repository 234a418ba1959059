"""Tenants, memberships and invitations are looked at for owners and roles. Runs before new code.

Locks: none that anybody waits for.
"""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0011_before_holding")]
    operations = [
        ValidateConstraint(model_name="tenant", name="tenancy_tenant_owner"),
        ValidateConstraint(model_name="membership", name="tenancy_membership_role"),
        ValidateConstraint(model_name="invitation", name="tenancy_invitation_role"),
    ]
