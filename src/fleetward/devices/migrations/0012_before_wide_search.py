"""Searches of a large tenant look along the text alone.

The index leads with the tenant, whose list of rows PostgreSQL reads whole: 3 ms of 4 in a tenant
that has a million devices. There nearly everything that the text finds is the tenant's own, so
that leaving the tenant to the filter is quicker. In a small tenant among many it is the reverse.
Runs before new code. Replaces a function, which locks no table.
"""

from django.db import migrations

FOUND = """
        SELECT id FROM devices_device d
        WHERE {tenant} = tenant
          AND devices_search_text(
              d.serial::text, d.name::text, d.model::text, d.assigned_user::text
          ) LIKE pattern
        LIMIT most
"""
# `+ 0` keeps the tenant out of the index. The planner knows how large the tenant is; a view of its
# statistics does not tell it below row-level security. EXPLAIN wants a VOLATILE function.
SEARCH = f"""
CREATE OR REPLACE FUNCTION devices_search(tenant bigint, pattern text, most integer)
RETURNS SETOF bigint LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    plan json;
BEGIN
    IF NOT tenant = ANY (fleetward_tenants()) THEN
        RETURN;
    END IF;
    EXECUTE 'EXPLAIN (FORMAT json) SELECT FROM devices_device WHERE tenant_id = ' || tenant
        INTO plan;
    IF (plan #>> '{{0,Plan,Plan Rows}}')::float8 * 8
        >= (SELECT reltuples FROM pg_class WHERE oid = 'devices_device'::regclass) THEN
        RETURN QUERY {FOUND.format(tenant="d.tenant_id + 0")};
    ELSE
        RETURN QUERY {FOUND.format(tenant="d.tenant_id")};
    END IF;
END
$$
"""
BACK = """
CREATE OR REPLACE FUNCTION devices_search(tenant bigint, pattern text, most integer)
RETURNS SETOF bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT id FROM devices_device d
    WHERE tenant = ANY (fleetward_tenants())
      AND d.tenant_id = tenant
      AND devices_search_text(d.serial::text, d.name::text, d.model::text, d.assigned_user::text)
          LIKE pattern
    LIMIT most
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("devices", "0011_before_selections")]
    operations = [migrations.RunSQL(SEARCH, BACK)]
