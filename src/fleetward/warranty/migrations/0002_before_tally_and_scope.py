"""Row-level security, children that carry their device's tenant, and the tally's triggers."""

from django.db import migrations

from fleetward.infra.rls import protect

SAME_TENANT = """
ALTER TABLE {table} ADD CONSTRAINT {table}_same_tenant
FOREIGN KEY (tenant_id, device_id) REFERENCES devices_device (tenant_id, id)
ON UPDATE CASCADE ON DELETE CASCADE
"""

# One statement for all rows of a change; keys in order, so that two changes wait and do not deadlock.
TALLY = """
CREATE FUNCTION warranty_tally_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO warranty_tally AS t
            (tenant_id, manufacturer, ends_on, reason, is_simulated, devices)
        SELECT tenant_id, manufacturer, coalesce(ends_on, '0001-01-01'), reason, is_simulated, n
        FROM (
            SELECT tenant_id, manufacturer, ends_on, reason, is_simulated, count(*) AS n
            FROM new_rows GROUP BY 1, 2, 3, 4, 5
        ) AS change
        ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT (tenant_id, manufacturer, ends_on, reason, is_simulated)
        DO UPDATE SET devices = t.devices + excluded.devices;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO warranty_tally AS t
            (tenant_id, manufacturer, ends_on, reason, is_simulated, devices)
        SELECT tenant_id, manufacturer, coalesce(ends_on, '0001-01-01'), reason, is_simulated, n
        FROM (
            SELECT tenant_id, manufacturer, ends_on, reason, is_simulated, -count(*) AS n
            FROM old_rows GROUP BY 1, 2, 3, 4, 5
        ) AS change
        ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT (tenant_id, manufacturer, ends_on, reason, is_simulated)
        DO UPDATE SET devices = t.devices + excluded.devices;
    ELSE
        INSERT INTO warranty_tally AS t
            (tenant_id, manufacturer, ends_on, reason, is_simulated, devices)
        SELECT tenant_id, manufacturer, coalesce(ends_on, '0001-01-01'), reason, is_simulated, n
        FROM (
            SELECT tenant_id, manufacturer, ends_on, reason, is_simulated, sum(n) AS n
            FROM (
                SELECT tenant_id, manufacturer, ends_on, reason, is_simulated, 1 AS n
                FROM new_rows
                UNION ALL
                SELECT tenant_id, manufacturer, ends_on, reason, is_simulated, -1
                FROM old_rows
            ) AS both_sides
            GROUP BY 1, 2, 3, 4, 5 HAVING sum(n) <> 0
        ) AS change
        ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT (tenant_id, manufacturer, ends_on, reason, is_simulated)
        DO UPDATE SET devices = t.devices + excluded.devices;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER warranty_tally_insert AFTER INSERT ON warranty_coverage
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION warranty_tally_change();
CREATE TRIGGER warranty_tally_update AFTER UPDATE ON warranty_coverage
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION warranty_tally_change();
CREATE TRIGGER warranty_tally_delete AFTER DELETE ON warranty_coverage
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION warranty_tally_change();
"""


def same_tenant(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        SAME_TENANT.format(table=table), f"ALTER TABLE {table} DROP CONSTRAINT {table}_same_tenant"
    )


class Migration(migrations.Migration):
    dependencies = [("warranty", "0001_initial"), ("devices", "0003_before_door_and_search")]
    operations = [
        *[protect(f"warranty_{t}") for t in ("entitlement", "evidence", "coverage", "tally")],
        *[protect(f"warranty_{t}") for t in ("run", "batch")],
        *[same_tenant(f"warranty_{t}") for t in ("entitlement", "evidence", "coverage")],
        migrations.RunSQL(
            TALLY,
            """
            DROP TRIGGER warranty_tally_insert ON warranty_coverage;
            DROP TRIGGER warranty_tally_update ON warranty_coverage;
            DROP TRIGGER warranty_tally_delete ON warranty_coverage;
            DROP FUNCTION warranty_tally_change;
            """,
        ),
    ]
