"""By which name a partner knows a customer that it does not see (T3). Runs before new code.

Locks: tenancy_relation, for an instant, then its rows; there is one for each customer of a partner.
"""

from django.db import migrations, models

# What partners read until now; names that come later are not told any more.
KNOWN = """
UPDATE tenancy_relation r SET customer_name = t.name FROM tenancy_tenant t WHERE t.id = r.customer_id
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0020_before_joined_by_identity")]
    operations = [
        migrations.AddField(
            "relation",
            "customer_name",
            models.CharField(max_length=120, blank=True, db_default=""),
        ),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]
