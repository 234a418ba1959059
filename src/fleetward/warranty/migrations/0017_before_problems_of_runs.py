"""What ended a run before it had visited its devices. With a default of the database: nothing is
rewritten, and the release before goes on beside it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("warranty", "0016_before_reminders_of_a_day")]
    operations = [
        migrations.AddField(
            "run", "problem", models.CharField(blank=True, db_default="", max_length=64)
        ),
    ]
