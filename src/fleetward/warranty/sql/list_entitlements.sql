-- Purpose: all lines of cover of one device with their places, the latest end first (W8).
-- Params: tenants, locations bigint[]; capability text; tenant bigint; uid uuid.
-- Reads: devices_device, warranty_entitlement. Writes: nothing. Lock order: none.
-- Index: warranty_entitlement_line. Largest size: one device.
SELECT
  -- Lines without an end date come after those with one; so do lines without a start.
  ARRAY[
    (NOT e.is_rolling)::int,
    coalesce(date '9999-12-31' - e.ends_on, 2147483647),
    coalesce(e.starts_on - date '0001-01-01', 2147483647),
    e.id
  ]::bigint[] AS place,
  e.source, e.code, e.name, e.kind, e.starts_on, e.ends_on, e.service_level, e.number,
  e.is_rolling, e.is_cancelled, e.is_cover, e.is_simulated, e.recorded_at
FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
JOIN warranty_entitlement e ON e.device_id = d.id
WHERE d.tenant_id = %(tenant)s::bigint
  AND d.uid = %(uid)s::uuid
  AND e.tenant_id = %(tenant)s::bigint
ORDER BY place
