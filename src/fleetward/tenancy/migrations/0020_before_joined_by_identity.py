"""Which memberships were joined by the word of a tenant's provider alone. Runs before new code.

Locks: tenancy_membership, for an instant.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0019_before_listed_names")]
    operations = [
        migrations.AddField("membership", "by_identity", models.BooleanField(db_default=False))
    ]
