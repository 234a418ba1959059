"""Users who are listed without access to pages (L2). Runs before new code.

Locks: tenancy_membership, for an instant.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0010_before_checked_custom_roles")]
    operations = [
        migrations.AddField(
            model_name="membership",
            name="has_access",
            field=models.BooleanField(db_default=True, default=True),
        )
    ]
