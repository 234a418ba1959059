-- Purpose: lock some devices, as far as the actor may touch them.
-- Params: tenants, locations bigint[]; capability text; tenant bigint; uids uuid[].
-- Reads: devices_device. Writes: nothing. Lock order: devices by id.
-- Index: devices_device_uid. Largest size: 50,000 devices.
SELECT id
FROM devices_device
WHERE id IN (
  SELECT d.id
  FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
  WHERE d.tenant_id = %(tenant)s::bigint AND d.uid = ANY (%(uids)s::uuid[])
)
  -- Again, because one that had to be waited for may be in another tenant by now.
  AND tenant_id + 0 = %(tenant)s::bigint
ORDER BY id
FOR UPDATE
