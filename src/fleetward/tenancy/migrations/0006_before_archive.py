"""After how many days a tenant archives deleted devices (E10). Runs before new code.

With a default in the database: nothing is rewritten, and the release before goes on beside it.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0005_before_fixed_customer_id")]
    operations = [
        migrations.AddField(
            model_name="tenant",
            name="archive_days",
            field=models.SmallIntegerField(db_default=90, default=90),
        )
    ]
