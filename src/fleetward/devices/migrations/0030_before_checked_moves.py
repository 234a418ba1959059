"""The history is looked at for its kinds. Runs before new code.

Locks: none that anybody waits for.
"""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("devices", "0029_before_moves")]
    operations = [ValidateConstraint(model_name="change", name="devices_change_kind")]
