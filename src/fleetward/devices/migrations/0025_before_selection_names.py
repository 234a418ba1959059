"""Selections have the name of what they were meant by. Runs before new code.

With a default of the database: nothing is rewritten, and the release before goes on beside it.
Locks: devices_selection, for the instant in which a column is added.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("devices", "0024_before_store_calls")]
    operations = [
        migrations.AddField(
            "selection", "name", models.CharField(blank=True, db_default="", max_length=80)
        ),
    ]
