-- Purpose: take the staged devices out of a static group, with their history.
-- Params: tenant, run, group bigint; name text (of the group); actor, on_behalf, request_id text; now timestamptz.
-- Reads: bulk_slice, devices_groupmember. Writes: devices_groupmember, devices_change, bulk_slice.
-- Lock order: the group, by the caller; devices by id. Index: devices_groupmember_pkey. Largest size: 50,000 devices.
WITH removed AS (
    DELETE FROM devices_groupmember m
    USING bulk_slice s
    WHERE s.outcome = ''
      AND m.group_id = %(group)s::bigint
      AND m.device_id = s.device_id
      AND m.tenant_id = %(tenant)s::bigint
    RETURNING m.device_id
), history AS (
    INSERT INTO devices_change (
        tenant_id, device_id, at, actor, on_behalf, kind, fields, bulk_run_id, request_id
    )
    SELECT
        %(tenant)s::bigint, r.device_id, %(now)s, %(actor)s, %(on_behalf)s, 'GROUP',
        jsonb_build_object('group', jsonb_build_object('before', %(name)s::text, 'after', NULL)),
        %(run)s::bigint, %(request_id)s
    FROM removed r
    ORDER BY r.device_id
)
UPDATE bulk_slice s
SET outcome = CASE
    WHEN EXISTS (SELECT FROM removed r WHERE r.device_id = s.device_id) THEN 'DONE' ELSE 'UNCHANGED'
END
WHERE s.outcome = ''
