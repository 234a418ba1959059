"""What belongs to a device has its device's tenant: checked for each statement, not for each row.

A foreign key asks and locks the device for every single row, which was a quarter of the time of
recording answers. The same refusal for all rows of a statement at once costs a tenth of that.
Devices are never deleted (E10), so that nothing is left to cascade.
"""

from django.db import migrations

TABLES = ("entitlement", "evidence", "coverage")

CHECK = """
CREATE FUNCTION warranty_same_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A sub-select for each row, because it is looked up by key whatever the planner expects.
    IF EXISTS (
        SELECT FROM new_rows n
        WHERE (SELECT d.tenant_id FROM devices_device d WHERE d.id = n.device_id)
            IS DISTINCT FROM n.tenant_id
    ) THEN
        RAISE foreign_key_violation USING
            MESSAGE = TG_TABLE_NAME || ' names a device of another tenant, or none',
            CONSTRAINT = TG_TABLE_NAME || '_same_tenant';
    END IF;
    RETURN NULL;
END
$$
"""
TRIGGER = """
ALTER TABLE warranty_{table} DROP CONSTRAINT warranty_{table}_same_tenant;
CREATE TRIGGER warranty_{table}_same_tenant AFTER INSERT ON warranty_{table}
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION warranty_same_tenant();
"""
BACK = """
DROP TRIGGER warranty_{table}_same_tenant ON warranty_{table};
ALTER TABLE warranty_{table} ADD CONSTRAINT warranty_{table}_same_tenant
FOREIGN KEY (tenant_id, device_id) REFERENCES devices_device (tenant_id, id)
ON UPDATE CASCADE ON DELETE CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("warranty", "0004_before_eligibility"),
        ("devices", "0003_before_door_and_search"),
    ]
    operations = [
        migrations.RunSQL(CHECK, "DROP FUNCTION warranty_same_tenant"),
        *[
            migrations.RunSQL(TRIGGER.format(table=table), BACK.format(table=table))
            for table in TABLES
        ],
    ]
