-- Purpose: let credentials follow devices to another tenant. One that the listing had, which is made again
--   when a move is taken back, stays with the listing (part_agents).
-- Params: tenant, target bigint; tables devices_moved, devices_parted.
-- Reads: agents_agent. Writes: agents_agent. Lock order: after the devices, by device.
-- Index: agents_agent_device_id_key (`+ 0`: see read_keys). Largest size: 5,000 devices.
UPDATE agents_agent a
SET tenant_id = %(target)s::bigint
FROM devices_moved m
WHERE a.device_id = m.device_id
    AND a.device_id = ANY (ARRAY(SELECT device_id FROM devices_moved)::bigint[])
    AND a.tenant_id + 0 = %(tenant)s::bigint
