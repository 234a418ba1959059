"""When a tenant is reminded of the end of coverage (S9). Runs before new code.

With a default in the database: nothing is rewritten, and the release before goes on beside it.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0003_before_scheduled_runs")]
    operations = [
        migrations.AddField(
            model_name="tenant",
            name="reminder_days",
            field=ArrayField(models.SmallIntegerField(), db_default=[90, 30, 7]),
        )
    ]
