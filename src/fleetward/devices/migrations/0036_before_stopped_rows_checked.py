"""All rows of feeds fit the words that are allowed. Runs before new code.

Locks: none that anybody waits for; rows are checked beside those who write them.
"""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("devices", "0035_before_stopped_rows")]
    operations = [ValidateConstraint(model_name="feedrow", name="devices_feedrow_outcome")]
