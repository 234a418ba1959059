-- Purpose: who made devices that a vendor does not know, and their models, which may tell better.
-- Params: tenant bigint; devices bigint[]. Reads: devices_device. Writes: nothing.
-- Index: devices_device_pkey. Lock order: none. Largest size: 5,000 devices.
SELECT d.id, d.manufacturer, d.model
FROM unnest(%(devices)s::bigint[]) AS w (id)
CROSS JOIN LATERAL (
    SELECT v.id, v.manufacturer, v.model FROM devices_device v
    WHERE v.id = w.id AND v.tenant_id = %(tenant)s OFFSET 0
) d
WHERE d.model <> ''
