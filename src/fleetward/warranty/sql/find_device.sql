-- Purpose: the internal id of one active device in sight.
-- Params: tenants bigint[], locations bigint[], capability text (the door); tenant bigint; uid uuid.
-- Reads: devices_device. Writes: nothing. Index: devices_device_uid. Lock order: none.
-- Largest size: one row.
SELECT d.id
FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
WHERE d.uid = %(uid)s::uuid AND d.tenant_id = %(tenant)s AND d.is_active
