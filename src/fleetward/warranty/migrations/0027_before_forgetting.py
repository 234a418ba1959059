"""When each was set aside, so that it can be forgotten. Runs before new code.

Locks: the table, for an instant: the default is one value for all rows.
"""

from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("warranty", "0026_before_moves")]
    operations = [
        migrations.AddField(
            model_name="setaside",
            name="moved_at",
            field=models.DateTimeField(db_default=Now()),
        )
    ]
