-- Purpose: take the staged devices out of a static group.
-- Params: tenant, group bigint.
-- Reads: bulk_slice, devices_groupmember. Writes: devices_groupmember, bulk_slice.
-- Lock order: the group, by the caller. Index: devices_groupmember_pkey. Largest size: 50,000 devices.
WITH removed AS (
    DELETE FROM devices_groupmember m
    USING bulk_slice s
    WHERE s.outcome = ''
      AND m.group_id = %(group)s::bigint
      AND m.device_id = s.device_id
      AND m.tenant_id = %(tenant)s::bigint
    RETURNING m.device_id
)
UPDATE bulk_slice s
SET outcome = CASE
    WHEN EXISTS (SELECT FROM removed r WHERE r.device_id = s.device_id) THEN 'DONE' ELSE 'UNCHANGED'
END
WHERE s.outcome = ''
