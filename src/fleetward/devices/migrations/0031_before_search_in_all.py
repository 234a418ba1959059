"""A search among the devices of several tenants at once, for All Customers (T5). Runs before new code.

One pass along the text: asked tenant by tenant, each of 500 customers would read the matches of
all. Adds a function, which locks no table.
"""

from django.db import migrations

SEARCH = """
CREATE FUNCTION devices_search_in(tenants bigint[], pattern text, most integer)
RETURNS SETOF bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT id FROM devices_device d
    WHERE tenants <@ fleetward_tenants()
      AND d.tenant_id + 0 = ANY (tenants)
      AND devices_search_text(d.serial::text, d.name::text, d.model::text, d.assigned_user::text)
          LIKE pattern
    LIMIT most
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("devices", "0030_before_checked_moves")]
    operations = [migrations.RunSQL(SEARCH, "DROP FUNCTION devices_search_in")]
