-- Purpose: what a provider is asked with, of those devices of a batch that are still there. `+ 0`
--   keeps the planner from walking through the tenant's devices in an index by name (5 ms, not 0.1).
-- Params: tenants bigint[], locations bigint[], capability text (the door); tenant bigint;
--   ids bigint[].
-- Reads: devices_device. Writes: nothing. Index: devices_device_pkey. Lock order: none.
-- Largest size: 5,000 devices.
SELECT d.id, d.serial, d.product_number, d.country, d.manufacturer
FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
WHERE d.tenant_id + 0 = %(tenant)s AND d.is_active AND d.id = ANY (%(ids)s::bigint[])
