-- Purpose: how many of what a partner ordered are where.
-- Params: tenant, holding bigint. Reads: devices_ordered, devices_device. Writes: nothing.
-- Index: devices_device_pkey. Lock order: none. Largest size: 1,000,000 rows.
SELECT
    CASE
        WHEN o.device_id IS NULL THEN 'MISSING'
        WHEN d.id IS NULL THEN 'TRANSFERRED'
        WHEN d.is_active THEN 'SEEN'
        ELSE 'DELETED'
    END AS state,
    count(*)
FROM devices_ordered o
LEFT JOIN devices_device d ON d.id = o.device_id AND d.tenant_id = %(holding)s::bigint
WHERE o.tenant_id = %(tenant)s::bigint
GROUP BY 1
