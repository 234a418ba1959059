-- Purpose: the tenants in which deleted devices are due to be archived (E10), for the clock.
-- Params: tenants bigint[]; moments timestamptz[] (for each tenant: deleted before this is due).
-- Reads: devices_device. Writes: nothing. Lock order: none.
-- Index: devices_device_deleted. Largest size: 2,000 tenants with 50,000 deleted devices.
SELECT t.tenant
FROM unnest(%(tenants)s::bigint[], %(moments)s::timestamptz[]) AS t (tenant, before)
WHERE EXISTS (
  SELECT FROM devices_device d
  WHERE d.tenant_id = t.tenant
    AND NOT d.is_active
    AND d.archived_on IS NULL
    AND d.updated_at < t.before
)
