"""A device whose vendor is asked with another country is due, and keeps its answer. Runs before new code.

With a default of the database: nothing is rewritten, and the release before goes on beside it.
Locks: warranty_coverage, for the instant in which a column is added.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("warranty", "0024_before_run_names")]
    operations = [
        migrations.AddField(
            model_name="coverage",
            name="is_due",
            field=models.BooleanField(db_default=False),
        ),
    ]
