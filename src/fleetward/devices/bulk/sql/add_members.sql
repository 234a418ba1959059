-- Purpose: put the staged devices into a static group; who is in it already stays as it is.
-- Params: tenant, group bigint.
-- Reads: bulk_slice. Writes: devices_groupmember, bulk_slice.
-- Index: devices_groupmember_pkey. Lock order: the group, by the caller; members by device.
-- Largest size: 50,000 devices.
WITH added AS (
    INSERT INTO devices_groupmember (tenant_id, group_id, device_id)
    SELECT %(tenant)s::bigint, %(group)s::bigint, s.device_id
    FROM bulk_slice s
    WHERE s.outcome = ''
    ORDER BY s.device_id
    ON CONFLICT (group_id, device_id) DO NOTHING
    RETURNING device_id
)
UPDATE bulk_slice s
SET outcome = CASE
    WHEN EXISTS (SELECT FROM added a WHERE a.device_id = s.device_id) THEN 'DONE' ELSE 'UNCHANGED'
END
WHERE s.outcome = ''
