"""A mark from which on all rows of a transfer have moved. Runs before new code.

Locks: transfers, for an instant; no row is rewritten.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transfers", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="transfer",
            name="done_from",
            field=models.IntegerField(db_default=2147483647),
        )
    ]
