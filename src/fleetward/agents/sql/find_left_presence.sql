-- Purpose: who was signed in last, and where, on a device that the tenant gave away, as the tenant itself has
--   collected it (E14, X10).
-- Params: tenant bigint; uid uuid.
-- Reads: devices_departure, agents_presence. Writes: nothing. Lock order: none.
-- Index: devices_departure_once, agents_presence_one (`+ 0`: see read_keys). Largest size: one device.
SELECT p."user", p.location, p.seen_at
FROM devices_departure d
JOIN agents_presence p ON p.device_id = d.device_id AND p.tenant_id + 0 = d.tenant_id
WHERE d.uid = %(uid)s::uuid AND d.tenant_id + 0 = %(tenant)s::bigint
LIMIT 1
