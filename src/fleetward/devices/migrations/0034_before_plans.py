"""A plan of a device of its own (L3); '' is the one of its tenant. Runs before new code.

Locks: devices_device, for an instant: the default is one value for all rows.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("devices", "0033_before_feeds")]
    operations = [
        migrations.AddField(
            model_name="device",
            name="plan",
            field=models.CharField(blank=True, db_default="", max_length=20),
        )
    ]
