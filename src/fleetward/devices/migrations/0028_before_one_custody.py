"""A machine is held by one tenant at a time (T10). Runs before new code.

Locks: none that anybody waits for; the index is built concurrently, and rows are checked beside
those who write them.
"""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models

CUSTODY = """
CREATE UNIQUE INDEX CONCURRENTLY devices_device_custody
ON devices_device (serial, manufacturer, product_number) WHERE has_custody
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("devices", "0027_before_custody")]
    operations = [
        ValidateConstraint(model_name="device", name="devices_device_origin"),
        ValidateConstraint(model_name="device", name="devices_device_enrolled"),
        migrations.RunSQL(
            CUSTODY,
            "DROP INDEX devices_device_custody",
            [
                migrations.AddConstraint(
                    model_name="device",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("has_custody", True)),
                        fields=("serial", "manufacturer", "product_number"),
                        name="devices_device_custody",
                    ),
                )
            ],
        ),
    ]
