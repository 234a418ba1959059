"""Whether a customer is to sign in by a provider of its own (T2). Runs before new code.

Locks: tenancy_relation, for an instant.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0017_before_checked_licences")]
    operations = [
        migrations.AddField(
            "relation", "asks_for_sign_on", models.BooleanField(db_default=False)
        )
    ]
