-- Purpose: who was signed in last on a device, and where, as the tenant at hand has collected it (E14);
--   a row without anything for a device of which nobody knows, none for one out of sight.
-- Params: tenants, locations bigint[]; capability text; tenant bigint; device uuid.
-- Reads: devices_device, agents_presence. Writes: nothing. Lock order: none.
-- Index: devices_device_uid, agents_presence_one. Largest size: one row.
SELECT p."user", p.location, p.seen_at
FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
LEFT JOIN agents_presence p ON p.device_id = d.id AND p.tenant_id = d.tenant_id
WHERE d.tenant_id = %(tenant)s::bigint AND d.uid = %(device)s::uuid
