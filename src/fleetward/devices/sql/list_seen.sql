-- Purpose: which of some devices the actor sees.
-- Params: tenants, locations bigint[]; capability text; tenant bigint; uids uuid[].
-- Reads: devices_device. Writes: nothing. Lock order: none.
-- Index: devices_device_uid. Largest size: 10,000 devices.
SELECT d.uid
FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
WHERE d.tenant_id = %(tenant)s::bigint AND d.uid = ANY (%(uids)s::uuid[])
