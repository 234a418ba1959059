-- Purpose: give each of the locked devices that a move has brought and nobody has changed since what it is to
--   get back; groups are no change. Nor may the source list the machine anew.
-- Params: tenant, target bigint (from where, to where they had gone); reference uuid; table devices_moved.
-- Reads: devices_device, devices_departure, devices_change. Writes: devices_moved.
-- Index: devices_departure_once, devices_change_device, devices_device_identity (the source is hidden: see
--   claim_moving).
-- Lock order: devices by id, by claim_returning before. Largest size: 5,000 devices.
UPDATE devices_moved m
SET kept = (
    SELECT p.values || jsonb_build_object(
        'name', p.name, 'model', p.model, 'product_number', p.product_number
    )
    FROM devices_device d
    JOIN devices_departure p ON p.uid = d.uid AND p.at = d.updated_at
    WHERE d.id = m.device_id
        AND p.reference = %(reference)s::uuid
        AND p.tenant_id + 0 = %(tenant)s::bigint
        AND p.target_id = %(target)s::bigint
        AND p.undone_at IS NULL
        AND NOT EXISTS (
            SELECT FROM devices_change c
            WHERE c.device_id = d.id
                AND c.tenant_id + 0 = %(target)s::bigint
                AND c.kind NOT IN ('GROUP', 'RECEIVED')
                AND c.id > (
                    SELECT max(r.id) FROM devices_change r
                    WHERE r.device_id = d.id AND r.tenant_id + 0 = %(target)s::bigint AND r.kind = 'RECEIVED'
                )
        )
        AND NOT EXISTS (
            SELECT FROM devices_device o
            WHERE o.tenant_id = (SELECT %(tenant)s::bigint)
                AND o.serial = d.serial
                AND o.manufacturer = d.manufacturer
                AND (o.product_number = d.product_number OR '' IN (o.product_number, d.product_number))
        )
)
