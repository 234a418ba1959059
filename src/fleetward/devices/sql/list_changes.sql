-- Purpose: a page of a device's history, the latest first.
-- Params: tenants, locations bigint[]; capability text; tenant bigint; uid uuid; below bigint; most integer.
-- Reads: devices_device, devices_change, devices_importrun, devices_bulkrun. Writes: nothing. Lock order: none.
-- Index: devices_change_device. Largest size: one device.
SELECT c.id, c.kind, c.at, c.actor, c.fields, r.uid, b.uid, c.on_behalf, c.request_id
FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
JOIN devices_change c ON c.device_id = d.id
LEFT JOIN devices_importrun r ON r.id = c.import_run_id AND r.tenant_id = c.tenant_id
LEFT JOIN devices_bulkrun b ON b.id = c.bulk_run_id AND b.tenant_id = c.tenant_id
WHERE d.tenant_id = %(tenant)s::bigint AND d.uid = %(uid)s::uuid AND c.id < %(below)s::bigint
ORDER BY c.id DESC
LIMIT %(most)s
