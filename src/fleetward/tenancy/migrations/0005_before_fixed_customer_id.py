"""A Customer ID never changes (T1): refused to everybody, the owner of the table too. Runs before
new code, which never changed one.

Locks: tenancy_tenant, for an instant; no row of it is read.
"""

from django.db import migrations

TRIGGER = """
CREATE FUNCTION tenancy_refuse_customer_id() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE integrity_constraint_violation USING
        MESSAGE = 'the Customer ID of a tenant never changes',
        CONSTRAINT = TG_NAME;
END
$$;
CREATE TRIGGER tenancy_tenant_fixed_customer_id BEFORE UPDATE ON tenancy_tenant
FOR EACH ROW WHEN (OLD.customer_id IS DISTINCT FROM NEW.customer_id)
EXECUTE FUNCTION tenancy_refuse_customer_id();
"""
WITHOUT = """
DROP TRIGGER tenancy_tenant_fixed_customer_id ON tenancy_tenant;
DROP FUNCTION tenancy_refuse_customer_id();
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0004_before_reminders")]
    operations = [migrations.RunSQL(TRIGGER, WITHOUT)]
