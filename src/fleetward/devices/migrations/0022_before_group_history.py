"""Groups in the history of devices (E13). Runs before new code.

Locks: devices_change, for an instant; its rows are looked at by the next migration, which keeps
nobody waiting. A page of the release before cannot show the new entries.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

KINDS = ["CREATED", "CHANGED", "DELETED", "RESTORED", "ARCHIVED", "WARRANTY", "GROUP"]


class Migration(migrations.Migration):
    dependencies = [("devices", "0021_before_checked_history")]
    operations = [
        migrations.RemoveConstraint(model_name="change", name="devices_change_kind"),
        AddConstraintNotValid(
            model_name="change",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", KINDS)), name="devices_change_kind"
            ),
        ),
    ]
