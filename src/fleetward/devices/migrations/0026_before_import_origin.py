"""Imports keep on whose behalf and by which request they were sent, and devices the import that added
them. Runs before new code.

Nullable, or with a default of the database: nothing is rewritten, and the release before goes on
beside it. Locks: devices_importrun and devices_device, for the instant in which a column is added.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("devices", "0025_before_selection_names")]
    operations = [
        migrations.AddField(
            "importrun", "on_behalf", models.CharField(blank=True, db_default="", max_length=320)
        ),
        migrations.AddField(
            "importrun", "request_id", models.CharField(blank=True, db_default="", max_length=64)
        ),
        migrations.AddField("device", "import_run_id", models.BigIntegerField(null=True)),
    ]
