"""What was asked about stands with the batch, and whether a simulator answered (W20).

So a run's summary is the same on every download, whatever becomes of its devices.
"""

import django.contrib.postgres.fields
from django.db import migrations, models

TEXTS = ("manufacturers", "serials", "product_numbers", "countries", "names")


def texts() -> django.contrib.postgres.fields.ArrayField:
    return django.contrib.postgres.fields.ArrayField(
        base_field=models.TextField(), db_default=[], size=None
    )


class Migration(migrations.Migration):
    dependencies = [("warranty", "0007_before_inactive_devices")]
    operations = [
        *[
            migrations.AddField(model_name="batch", name=name, field=texts())
            for name in TEXTS
        ],
        migrations.AddField(
            model_name="batch", name="is_simulated", field=models.BooleanField(db_default=False)
        ),
    ]
