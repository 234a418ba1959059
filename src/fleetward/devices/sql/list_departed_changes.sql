-- Purpose: a page of the history of a device as the tenant that gave it away wrote it (X10), the latest first.
--   What was written elsewhere is not among it. Its beginning is told as in list_changes.
-- Params: tenant bigint; uid uuid; below bigint; most integer.
-- Reads: devices_departure, devices_change, devices_importrun, devices_bulkrun. Writes: nothing.
-- Lock order: none. Index: devices_departure_once, devices_change_device. Largest size: one device.
WITH departed AS (
    SELECT
        p.device_id, p.tenant_id, (p.values ->> 'created_at')::timestamptz AS created_at,
        p.values ->> 'origin' AS origin, (p.values ->> 'import_run_id')::bigint AS import_run_id
    FROM devices_departure p
    WHERE p.uid = %(uid)s::uuid AND p.tenant_id + 0 = %(tenant)s::bigint
    ORDER BY p.id
    LIMIT 1
), stored AS (
    SELECT
        c.id, c.kind, c.at, c.actor, c.fields, r.uid AS import_uid, b.uid AS bulk_uid, c.on_behalf,
        c.request_id, CASE WHEN c.kind = 'CREATED' THEN p.origin ELSE '' END AS origin
    FROM departed p
    JOIN devices_change c ON c.device_id = p.device_id AND c.tenant_id + 0 = p.tenant_id
    LEFT JOIN devices_importrun r ON r.id = c.import_run_id AND r.tenant_id = c.tenant_id
    LEFT JOIN devices_bulkrun b ON b.id = c.bulk_run_id AND b.tenant_id = c.tenant_id
    WHERE c.id < %(below)s::bigint
    ORDER BY c.id DESC
    LIMIT %(most)s
)
SELECT * FROM stored
UNION ALL
SELECT
    0, 'CREATED', p.created_at, coalesce(r.started_by, ''), '{}'::jsonb, r.uid, NULL,
    coalesce(r.on_behalf, ''), coalesce(r.request_id, ''), p.origin
FROM departed p
LEFT JOIN devices_importrun r ON r.id = p.import_run_id AND r.tenant_id = p.tenant_id
WHERE %(below)s::bigint > 0
    AND NOT EXISTS (
        SELECT FROM devices_change c
        WHERE c.device_id = p.device_id
            AND c.tenant_id + 0 = p.tenant_id
            AND (c.kind = 'CREATED' OR c.kind = 'RECEIVED' AND p.import_run_id IS NULL)
    )
ORDER BY id DESC
LIMIT %(most)s
