-- Purpose: give each new device its coverage row, with the reason why nothing is known yet (W11).
-- Params: tenant bigint; providers jsonb, junk text[] (see plan_batches); table devices_written.
-- Reads: devices_device. Writes: warranty_coverage (and warranty_tally by trigger). Index: devices_device_pkey (OFFSET keeps the join along it: below row-level security
--   the planner takes a tenant for small and reads all of it). Lock order: by device.
--   Largest size: batches of 50,000 devices in a tenant of 1,000,000.
INSERT INTO warranty_coverage (device_id, tenant_id, manufacturer, reason, unknown_reason)
SELECT d.id, d.tenant_id, d.manufacturer, r.reason, r.reason
FROM devices_written w
CROSS JOIN LATERAL (
    SELECT v.* FROM devices_device v
    WHERE v.id = w.device_id AND v.tenant_id = %(tenant)s AND v.is_active OFFSET 0
) d
LEFT JOIN jsonb_to_recordset(%(providers)s::jsonb) AS p (
    manufacturer text, provider text, needs_product_number boolean, needs_country boolean,
    enrolled_only boolean, setup text, is_other_company boolean
) ON p.manufacturer = d.manufacturer
CROSS JOIN LATERAL (SELECT devices_junk_key(d.serial) AS junk_key OFFSET 0) k
LEFT JOIN unnest(%(junk)s::text[]) j ON j = k.junk_key
CROSS JOIN LATERAL (
    SELECT coalesce(
        nullif(
            warranty_device_reason(
                d.is_virtual, d.serial, k.junk_key = '' OR j IS NOT NULL, d.product_number,
                d.country, d.enrolled_at IS NOT NULL, coalesce(p.provider, '') <> '',
                coalesce(p.is_other_company, false),
                coalesce(p.needs_product_number, false), coalesce(p.needs_country, false),
                coalesce(p.enrolled_only, false)
            ), ''
        ),
        nullif(p.setup, ''),
        'NOT_CHECKED'
    ) AS reason
) r
WHERE w.change IN ('NEW', 'IDENTITY')
ORDER BY d.id
ON CONFLICT (device_id) DO NOTHING
