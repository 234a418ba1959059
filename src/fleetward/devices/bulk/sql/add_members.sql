-- Purpose: put the staged devices into a static group, with their history; who is in it already stays
--   as it is.
-- Params: tenant, run, group bigint; name text (of the group); actor, on_behalf, request_id text; now timestamptz.
-- Reads: bulk_slice. Writes: devices_groupmember, devices_change, bulk_slice.
-- Index: devices_groupmember_pkey. Lock order: the group, by the caller; members by device; devices by id.
-- Largest size: 50,000 devices.
WITH added AS (
    INSERT INTO devices_groupmember (tenant_id, group_id, device_id)
    SELECT %(tenant)s::bigint, %(group)s::bigint, s.device_id
    FROM bulk_slice s
    WHERE s.outcome = ''
    ORDER BY s.device_id
    ON CONFLICT (group_id, device_id) DO NOTHING
    RETURNING device_id
), history AS (
    INSERT INTO devices_change (
        tenant_id, device_id, at, actor, on_behalf, kind, fields, bulk_run_id, request_id
    )
    SELECT
        %(tenant)s::bigint, a.device_id, %(now)s, %(actor)s, %(on_behalf)s, 'GROUP',
        jsonb_build_object('group', jsonb_build_object('before', NULL, 'after', %(name)s::text)),
        %(run)s::bigint, %(request_id)s
    FROM added a
    ORDER BY a.device_id
)
UPDATE bulk_slice s
SET outcome = CASE
    WHEN EXISTS (SELECT FROM added a WHERE a.device_id = s.device_id) THEN 'DONE' ELSE 'UNCHANGED'
END
WHERE s.outcome = ''
