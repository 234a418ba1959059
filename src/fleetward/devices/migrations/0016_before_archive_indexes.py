"""Lists of deleted and of archived devices, each with its index. Runs before new code.

Locks: none that anybody waits for; indexes are built concurrently, and the history is checked
beside those who write it.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models

BY_SERIAL = ["tenant", "serial", "manufacturer", "product_number"]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("devices", "0015_before_archive")]
    operations = [
        ValidateConstraint(model_name="change", name="devices_change_kind"),
        AddIndexConcurrently(
            model_name="device",
            index=models.Index(
                condition=models.Q(("archived_on__isnull", True), ("is_active", False)),
                fields=BY_SERIAL,
                name="devices_device_deleted",
            ),
        ),
        AddIndexConcurrently(
            model_name="device",
            index=models.Index(
                condition=models.Q(("archived_on__isnull", False), ("is_active", False)),
                fields=BY_SERIAL,
                name="devices_device_archived",
            ),
        ),
    ]
