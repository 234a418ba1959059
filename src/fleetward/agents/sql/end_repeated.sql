-- Purpose: end the credentials of moving devices whose machines ask in the target too, by the same key: there
--   they have another one, which the device gets once it is released (T11).
-- Params: tenant, target bigint; table devices_moved.
-- Reads: agents_agent. Writes: agents_agent. Lock order: after the devices, by device.
-- Index: agents_agent_device_id_key (`+ 0`: see read_keys), agents_agent_key. Largest size: 5,000 devices.
DELETE FROM agents_agent a
USING devices_moved m
WHERE a.device_id = m.device_id
    AND a.device_id = ANY (ARRAY(SELECT device_id FROM devices_moved)::bigint[])
    AND a.tenant_id + 0 = %(tenant)s::bigint
    AND EXISTS (
        SELECT FROM agents_agent o
        WHERE o.tenant_id = %(target)s::bigint AND o.key_digest = a.key_digest
    )
