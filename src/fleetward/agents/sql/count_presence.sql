-- Purpose: of how many devices that may go to another tenant the source has collected the last user or location,
--   which stay behind (X10).
-- Params: tenant bigint; table devices_considered.
-- Reads: agents_presence. Writes: nothing. Lock order: none.
-- Index: agents_presence_one (`+ 0`: see read_keys). Largest size: 50,000 of 1,000,000 devices.
SELECT count(*)
FROM agents_presence p
WHERE p.device_id = ANY (ARRAY(SELECT device_id FROM devices_considered)::bigint[])
    AND p.tenant_id + 0 = %(tenant)s::bigint
