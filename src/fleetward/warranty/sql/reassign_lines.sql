-- Purpose: let the lines of cover of devices follow them to another tenant. What the source
--   was told of their ends is set aside: the target is told anew (S9).
-- Params: tenant, target bigint; reference uuid; table devices_moved.
-- Reads: warranty_entitlement, warranty_reminder.
-- Writes: warranty_entitlement, warranty_reminder, warranty_setaside.
-- Index: warranty_entitlement_line, warranty_reminder_once.
-- Lock order: after their coverage, by reassign_coverage. Largest size: 5,000 devices.
WITH moved AS MATERIALIZED (
    SELECT array_agg(device_id) AS ids FROM devices_moved
), lines AS (
    UPDATE warranty_entitlement e
    SET tenant_id = %(target)s::bigint
    WHERE e.device_id = ANY ((SELECT ids FROM moved)::bigint[]) AND e.tenant_id + 0 = %(tenant)s::bigint
), told AS (
    DELETE FROM warranty_reminder r
    WHERE r.device_id = ANY ((SELECT ids FROM moved)::bigint[]) AND r.tenant_id + 0 = %(tenant)s::bigint
    RETURNING r.*
)
INSERT INTO warranty_setaside (tenant_id, reference, device_id, kind, body)
SELECT %(tenant)s::bigint, %(reference)s::uuid, t.device_id, 'REMINDER', to_jsonb(t)
FROM told t
ORDER BY t.device_id, t.id
