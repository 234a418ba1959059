-- Purpose: let devices that have gone back leave the static groups of where they were, and be again in those
--   of where they are that still exist.
-- Params: tenant, target bigint (where they are, where they were); table devices_moved.
-- Reads: devices_group, devices_groupmember. Writes: devices_groupmember.
-- Index: devices_groupmember_device, devices_group_pkey.
-- Lock order: groups by id, members by device, after the devices. Largest size: 5,000 devices.
WITH parted AS (
    DELETE FROM devices_groupmember g
    WHERE g.device_id = ANY (ARRAY(SELECT device_id FROM devices_moved)::bigint[])
        AND g.tenant_id + 0 = %(target)s::bigint
), member AS MATERIALIZED (
    SELECT m.device_id, g.id::bigint AS group_id
    FROM devices_moved m
    CROSS JOIN LATERAL jsonb_array_elements_text(m.kept -> 'groups') g (id)
), there AS MATERIALIZED (
    -- Held, so that nobody deletes one meanwhile.
    SELECT g.id
    FROM devices_group g
    WHERE g.id = ANY (ARRAY(SELECT DISTINCT group_id FROM member)::bigint[])
        AND g.tenant_id + 0 = %(tenant)s::bigint
        AND g.kind = 'STATIC'
    ORDER BY g.id
    FOR SHARE
)
INSERT INTO devices_groupmember (tenant_id, group_id, device_id)
SELECT %(tenant)s::bigint, m.group_id, m.device_id
FROM member m
JOIN there t ON t.id = m.group_id
ORDER BY m.device_id, m.group_id
ON CONFLICT (group_id, device_id) DO NOTHING
