-- Purpose: what devices are called, to be shown before one is deleted or as the latest ones looked at.
-- Params: tenants, locations bigint[]; capability text; tenant bigint; uids uuid[]; most integer.
-- Reads: devices_device. Writes: nothing. Lock order: none.
-- Index: devices_device_uid. Largest size: 50,000 devices.
SELECT d.uid, d.name, d.manufacturer, d.serial
FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
WHERE d.tenant_id = %(tenant)s::bigint AND d.uid = ANY (%(uids)s::uuid[])
ORDER BY d.serial, d.id
LIMIT %(most)s
