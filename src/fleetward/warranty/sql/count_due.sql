-- Purpose: how many devices a scheduled run of a day would visit (W7): due then, and can be asked about.
--   The same as plan_batches takes with `due_on`. Coverage comes first, since few are due as a rule.
-- Params: tenants bigint[], locations bigint[], capability text (the door); tenant bigint; due_on date;
--   zone text (the tenant's days); providers jsonb (see plan_batches).
-- Reads: warranty_coverage, devices_device, devices_junkserial. Writes: nothing. Lock order: none.
-- Index: none (passes over the tenant's coverage). Largest size: 240,000 devices.
WITH due AS MATERIALIZED (
    SELECT c.device_id
    FROM warranty_coverage c
    WHERE c.tenant_id = %(tenant)s
      AND coalesce(
          warranty_next_look(
              c.ends_on, c.latest_error, (c.attempted_at AT TIME ZONE %(zone)s)::date
          ) <= %(due_on)s::date,
          true
      )
)
SELECT count(*)
FROM due
JOIN devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
    ON d.id = due.device_id AND d.tenant_id = %(tenant)s AND d.is_active
JOIN jsonb_to_recordset(%(providers)s::jsonb) AS p (
    manufacturer text, provider text, needs_product_number boolean, needs_country boolean,
    enrolled_only boolean, setup text, is_other_company boolean
) ON p.manufacturer = d.manufacturer AND p.provider <> '' AND p.setup = ''
LEFT JOIN devices_junkserial j ON j.serial = d.serial
WHERE warranty_device_reason(
    d.is_virtual, d.serial, j.serial IS NOT NULL, d.product_number, d.country, false, true, false,
    coalesce(p.needs_product_number, false), coalesce(p.needs_country, false),
    coalesce(p.enrolled_only, false)
) = ''
