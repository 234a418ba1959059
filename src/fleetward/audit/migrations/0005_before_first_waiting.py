"""What has no seal when the table of what waits is made: with those of the installation, all of them.

In a migration of its own, so that the trigger is there for whatever comes meanwhile. It compares the
whole trail with its seals once, for which millions of entries may need more than five seconds;
nobody waits for that.
"""

from django.db import migrations

WAIT = """
SELECT set_config(
    'fleetward.tenants', (SELECT coalesce(array_agg(id), '{}')::text FROM tenancy_tenant), true
);
INSERT INTO audit_waiting (entry_id, tenant_id)
SELECT e.id, e.tenant_id FROM audit_entry e
WHERE NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.entry_id = e.id)
ON CONFLICT DO NOTHING;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_before_waiting")]
    statement_timeout = "10min"
    operations = [migrations.RunSQL(WAIT, migrations.RunSQL.noop)]
