"""Nor does the region of a tenant ever change (T12). Runs before new code, which never changed one.

Locks: tenancy_tenant, for an instant; no row of it is read.
"""

from django.db import migrations

TRIGGER = """
CREATE FUNCTION tenancy_refuse_region() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE integrity_constraint_violation USING
        MESSAGE = 'the region of a tenant never changes',
        CONSTRAINT = TG_NAME;
END
$$;
CREATE TRIGGER tenancy_tenant_fixed_region BEFORE UPDATE ON tenancy_tenant
FOR EACH ROW WHEN (OLD.region IS DISTINCT FROM NEW.region)
EXECUTE FUNCTION tenancy_refuse_region();
"""
WITHOUT = """
DROP TRIGGER tenancy_tenant_fixed_region ON tenancy_tenant;
DROP FUNCTION tenancy_refuse_region();
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0021_before_known_name")]
    operations = [migrations.RunSQL(TRIGGER, WITHOUT)]
