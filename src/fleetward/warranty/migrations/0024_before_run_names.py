"""Runs have the name of the view or group that they are for. Runs before new code.

With a default of the database: nothing is rewritten, and the release before goes on beside it.
Locks: warranty_run, for the instant in which a column is added.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("warranty", "0023_before_since_selected")]
    operations = [
        migrations.AddField(
            "run", "name", models.CharField(blank=True, db_default="", max_length=80)
        ),
    ]
