"""Forgets the coverage of devices that another migration made inactive, as deleting one does.

Only active devices have a coverage row (`warranty.handlers`); their lines stay. Runs before new code.

Locks: the coverage rows that it deletes, which are few, until it ends. It joins all of them with their
devices, for which a million may need more than five seconds; nobody waits for that.
"""

from django.db import migrations

FORGET = """
SELECT set_config(
    'fleetward.tenants', (SELECT coalesce(array_agg(id), '{}')::text FROM tenancy_tenant), true
);
DELETE FROM warranty_coverage c
USING devices_device d
WHERE d.id = c.device_id AND NOT d.is_active;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("warranty", "0006_before_identity_mark"),
        ("devices", "0008_before_canonical_numbers"),
    ]
    statement_timeout = "10min"
    operations = [migrations.RunSQL(FORGET, migrations.RunSQL.noop)]
