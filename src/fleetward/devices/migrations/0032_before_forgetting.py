"""When each was set aside, so that it can be forgotten. Runs before new code.

Locks: the table, for an instant: the default is one value for all rows.
"""

from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("devices", "0031_before_search_in_all")]
    operations = [
        migrations.AddField(
            model_name="mergedlisting",
            name="moved_at",
            field=models.DateTimeField(db_default=Now()),
        )
    ]
