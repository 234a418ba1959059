"""What a tenant calls whom it lists without access (L2). Runs before new code.

The accounts that listing made itself, and that nobody has used, had the name that the tenant gave.
Locks: tenancy_membership, for an instant; then its rows without access.
"""

from django.db import migrations, models

FILL = """
UPDATE tenancy_membership m
SET listed_name = u.name
FROM identity_user u
WHERE u.id = m.user_id AND NOT m.has_access AND u.created_at = m.joined_at
    AND u.last_login IS NULL AND u.name <> ''
"""


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0008_before_passkeys"),
        ("tenancy", "0018_before_asked_sign_on"),
    ]
    operations = [
        migrations.AddField(
            "membership",
            "listed_name",
            models.CharField(blank=True, db_default="", max_length=120),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
