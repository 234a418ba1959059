-- Purpose: a page of a device's history, the latest first. A device that a list added has no entry of
--   that (ADR 1): it is told from the device and its import, below all others, as entry 0. One that another
--   tenant gave away begins with its arrival; what was written there stays there (X10).
-- Params: tenants, locations bigint[]; capability text; tenant bigint; uid uuid; below bigint; most integer.
-- Reads: devices_device, devices_change, devices_importrun, devices_bulkrun. Writes: nothing. Lock order: none.
-- Index: devices_change_device, devices_importrun_pkey. Largest size: one device.
WITH device AS (
    SELECT d.id, d.tenant_id, d.origin, d.created_at, d.import_run_id
    FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
    WHERE d.tenant_id = %(tenant)s::bigint AND d.uid = %(uid)s::uuid
), stored AS (
    SELECT
        c.id, c.kind, c.at, c.actor, c.fields, r.uid AS import_uid, b.uid AS bulk_uid,
        c.on_behalf, c.request_id, CASE WHEN c.kind = 'CREATED' THEN d.origin ELSE '' END AS origin
    FROM device d
    JOIN devices_change c ON c.device_id = d.id AND c.tenant_id + 0 = d.tenant_id
    LEFT JOIN devices_importrun r ON r.id = c.import_run_id AND r.tenant_id = c.tenant_id
    LEFT JOIN devices_bulkrun b ON b.id = c.bulk_run_id AND b.tenant_id = c.tenant_id
    WHERE c.id < %(below)s::bigint
    ORDER BY c.id DESC
    LIMIT %(most)s
)
SELECT * FROM stored
UNION ALL
SELECT
    0, 'CREATED', d.created_at, coalesce(r.started_by, ''), '{}'::jsonb, r.uid, NULL,
    coalesce(r.on_behalf, ''), coalesce(r.request_id, ''), d.origin
FROM device d
LEFT JOIN devices_importrun r ON r.id = d.import_run_id AND r.tenant_id = d.tenant_id
WHERE %(below)s::bigint > 0
    AND NOT EXISTS (
        SELECT FROM devices_change c
        WHERE c.device_id = d.id
            AND c.tenant_id + 0 = d.tenant_id
            AND (c.kind = 'CREATED' OR c.kind = 'RECEIVED' AND d.import_run_id IS NULL)
    )
ORDER BY id DESC
LIMIT %(most)s
