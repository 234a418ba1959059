"""A tenant's switch for scheduled runs, on for those that are there. Runs before new code.

With a default in the database: nothing is rewritten, and the release before goes on beside it.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0002_before_invitations")]
    operations = [
        migrations.AddField(
            model_name="tenant",
            name="has_scheduled_runs",
            field=models.BooleanField(db_default=True, default=True),
        )
    ]
