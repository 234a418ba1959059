-- Purpose: make the staged devices inactive (E10), or active again, with their history.
-- Params: tenant, run bigint; to_active boolean; actor, on_behalf, request_id text; now timestamptz.
-- Reads: bulk_slice, devices_device. Writes: devices_device, devices_change, devices_written, bulk_slice.
-- Lock order: devices by id, by lock_slice before. Index: devices_device_pkey.
-- Largest size: 50,000 devices.
WITH switched AS (
    UPDATE devices_device d
    SET is_active = %(to_active)s::boolean, updated_at = %(now)s
    WHERE d.id = ANY (ARRAY(SELECT s.device_id FROM bulk_slice s WHERE s.outcome = '')::bigint[])
      AND d.tenant_id = %(tenant)s::bigint
    RETURNING d.id
), history AS (
    INSERT INTO devices_change (
        tenant_id, device_id, at, actor, on_behalf, kind, fields, bulk_run_id, request_id
    )
    SELECT
        %(tenant)s::bigint, w.id, %(now)s, %(actor)s, %(on_behalf)s,
        CASE WHEN %(to_active)s::boolean THEN 'RESTORED' ELSE 'DELETED' END, '{}',
        %(run)s::bigint, %(request_id)s
    FROM switched w
    ORDER BY w.id
), written AS (
    INSERT INTO devices_written (device_id, change)
    SELECT w.id, CASE WHEN %(to_active)s::boolean THEN 'NEW' ELSE 'GONE' END
    FROM switched w
)
UPDATE bulk_slice s
SET outcome = 'DONE'
FROM switched w
WHERE s.device_id = w.id
