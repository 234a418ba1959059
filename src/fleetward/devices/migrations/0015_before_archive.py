"""The day on which a deleted device was archived (E11). Runs before new code.

Nullable: nothing is rewritten, and the release before goes on beside it.
Locks: devices_device and devices_change, for an instant each; the rows of the history are looked at
by the next migration, which keeps nobody waiting.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

KINDS = ["CREATED", "CHANGED", "DELETED", "RESTORED", "ARCHIVED"]


class Migration(migrations.Migration):
    dependencies = [("devices", "0014_before_junk_keys")]
    operations = [
        migrations.AddField(
            model_name="device", name="archived_on", field=models.DateField(null=True)
        ),
        migrations.RemoveConstraint(model_name="change", name="devices_change_kind"),
        AddConstraintNotValid(
            model_name="change",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", KINDS)), name="devices_change_kind"
            ),
        ),
    ]
