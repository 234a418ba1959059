"""Batches of an import are stored in any order: their numbers are kept instead of how many.

Runs before new code. Made before the first release: no import is under way anywhere.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("devices", "0005_before_grid_indexes")]
    operations = [
        migrations.RemoveField("importrun", "done_batches"),
        migrations.AddField(
            "importrun", "done_batches", ArrayField(models.IntegerField(), default=list)
        ),
    ]
