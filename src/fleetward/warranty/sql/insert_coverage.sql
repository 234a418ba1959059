-- Purpose: give each new device its coverage row, with the reason why nothing is known yet (W11).
-- Params: tenant bigint; providers jsonb (see plan_batches); table devices_written.
-- Reads: devices_device, devices_junkserial. Writes: warranty_coverage (and warranty_tally by
--   trigger). Index: devices_device_pkey. Lock order: by device. Largest size: 1,000,000 devices.
INSERT INTO warranty_coverage (device_id, tenant_id, manufacturer, reason, unknown_reason)
SELECT d.id, d.tenant_id, d.manufacturer, r.reason, r.reason
FROM devices_written w
JOIN devices_device d ON d.id = w.device_id
LEFT JOIN jsonb_to_recordset(%(providers)s::jsonb) AS p (
    manufacturer text, provider text, needs_product_number boolean, needs_country boolean,
    enrolled_only boolean, setup text
) ON p.manufacturer = d.manufacturer
LEFT JOIN devices_junkserial j ON j.serial = d.serial
CROSS JOIN LATERAL (
    SELECT coalesce(
        nullif(
            warranty_device_reason(
                d.is_virtual, d.serial, j.serial IS NOT NULL, d.product_number, d.country, false,
                p.provider IS NOT NULL, coalesce(p.needs_product_number, false),
                coalesce(p.needs_country, false), coalesce(p.enrolled_only, false)
            ), ''
        ),
        nullif(p.setup, ''),
        'NOT_CHECKED'
    ) AS reason
) r
WHERE w.change IN ('NEW', 'IDENTITY') AND d.tenant_id = %(tenant)s AND d.is_active
ORDER BY d.id
ON CONFLICT (device_id) DO NOTHING
