"""Tenants are looked at for their licence state. Runs before new code.

Locks: none that anybody waits for.
"""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0016_before_licences")]
    operations = [ValidateConstraint(model_name="tenant", name="tenancy_tenant_licence")]
