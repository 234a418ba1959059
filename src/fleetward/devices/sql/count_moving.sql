-- Purpose: of the staged devices, how many the target lists itself (T14), how many have values that are sealed
--   (X10), of which kinds, and out of how many memberships of static groups they go.
-- Params: tenant, target bigint; table devices_considered.
-- Reads: devices_device, devices_groupmember. Writes: nothing. Lock order: none.
-- Index: devices_device_identity (the target is hidden: see claim_moving), devices_groupmember_device.
-- Largest size: 50,000 of 1,000,000 devices.
SELECT
    count(*) FILTER (
        WHERE EXISTS (
            SELECT FROM devices_device o
            WHERE o.tenant_id = (SELECT %(target)s::bigint)
                AND o.serial = c.serial
                AND o.manufacturer = c.manufacturer
                AND o.product_number = c.product_number
        )
    ),
    count(*) FILTER (WHERE c.has_user OR c.has_location OR c.has_tag),
    (
        SELECT count(*)
        FROM devices_groupmember g
        WHERE g.device_id = ANY (ARRAY(SELECT device_id FROM devices_considered)::bigint[])
            AND g.tenant_id + 0 = %(tenant)s::bigint
    ),
    count(*) FILTER (WHERE c.has_user),
    count(*) FILTER (WHERE c.has_location),
    count(*) FILTER (WHERE c.has_tag)
FROM devices_considered c
