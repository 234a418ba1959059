-- Purpose: end the credentials of devices that were deleted, or are another machine now (E10).
-- Params: tenant bigint; table devices_written.
-- Reads: agents_agent. Writes: agents_agent. Lock order: after the devices, by device.
-- Index: agents_agent_device_id_key. Largest size: 50,000 devices.
DELETE FROM agents_agent a
USING devices_written w
WHERE a.device_id = w.device_id
    AND a.tenant_id = %(tenant)s::bigint
    AND w.change IN ('GONE', 'IDENTITY')
