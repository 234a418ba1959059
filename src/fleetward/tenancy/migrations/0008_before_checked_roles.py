"""Memberships and invitations are looked at for their roles. Runs before new code.

Locks: none that anybody waits for.
"""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0007_before_partners")]
    operations = [
        ValidateConstraint(model_name="membership", name="tenancy_membership_role"),
        ValidateConstraint(model_name="invitation", name="tenancy_invitation_role"),
    ]
