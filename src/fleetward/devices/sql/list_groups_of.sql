-- Purpose: the static groups that a device is in, by name.
-- Params: tenants, locations bigint[]; capability text; tenant bigint; device uuid.
-- Reads: devices_device, devices_groupmember, devices_group. Writes: nothing. Lock order: none.
-- Index: devices_groupmember_device. Largest size: one device.
SELECT g.uid, g.name
FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
JOIN devices_groupmember m ON m.device_id = d.id
JOIN devices_group g ON g.id = m.group_id
WHERE d.tenant_id = %(tenant)s::bigint AND d.uid = %(device)s::uuid
ORDER BY g.name_key
