-- Purpose: how many active devices are in each of some static groups, up to a most for each.
-- Params: tenants, locations bigint[]; capability text; tenant bigint; groups uuid[]; most integer.
-- Reads: devices_group, devices_groupmember, devices_device. Writes: nothing. Lock order: none.
-- Index: devices_groupmember_pkey, devices_device_pkey. Largest size: 50 groups of 1,000,000 devices.
SELECT g.uid, n.devices
FROM devices_group g
CROSS JOIN LATERAL (
    SELECT count(*) AS devices
    FROM (
        SELECT
        FROM devices_groupmember m
        CROSS JOIN LATERAL (
            SELECT v.is_active
            FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) v
            WHERE v.id = m.device_id AND v.tenant_id = %(tenant)s::bigint
            OFFSET 0
        ) d
        WHERE m.group_id = g.id AND d.is_active
        LIMIT %(most)s
    ) found
) n
WHERE g.tenant_id = %(tenant)s::bigint AND g.uid = ANY (%(groups)s::uuid[])
