-- Purpose: of the staged devices, how many the target lists itself (T14), how many have values that are sealed
--   (X10), and out of how many memberships of static groups they go.
-- Params: tenant, target bigint; table devices_considered.
-- Reads: devices_device, devices_groupmember. Writes: nothing. Lock order: none.
-- Index: devices_device_pkey, devices_device_identity, devices_groupmember_device.
-- Largest size: 50,000 of 1,000,000 devices.
SELECT
    count(*) FILTER (
        WHERE EXISTS (
            SELECT FROM devices_device o
            WHERE o.tenant_id = %(target)s::bigint
                AND o.serial = d.serial
                AND o.manufacturer = d.manufacturer
                AND o.product_number = d.product_number
        )
    ),
    count(*) FILTER (WHERE d.assigned_user <> '' OR d.location <> '' OR d.asset_tag <> ''),
    (
        SELECT count(*)
        FROM devices_groupmember g
        WHERE g.device_id = ANY (ARRAY(SELECT device_id FROM devices_considered)::bigint[])
            AND g.tenant_id + 0 = %(tenant)s::bigint
    )
FROM devices_considered c
CROSS JOIN LATERAL (SELECT v.* FROM devices_device v WHERE v.id = c.device_id OFFSET 0) d
