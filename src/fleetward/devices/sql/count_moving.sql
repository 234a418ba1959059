-- Purpose: of the staged devices, how many the target lists itself (T14, as claim_moving finds them), how many
--   have values that are sealed (X10), of which kinds, and out of how many memberships of static groups they go.
-- Params: tenant, target bigint; table devices_considered.
-- Reads: devices_device, devices_groupmember. Writes: nothing. Lock order: none.
-- Index: devices_device_identity (the target is hidden: see claim_moving), devices_groupmember_device.
-- Largest size: 50,000 of 1,000,000 devices.
WITH considered AS (
    SELECT c.*, count(*) OVER (PARTITION BY c.serial, c.manufacturer) AS rivals FROM devices_considered c
)
SELECT
    count(*) FILTER (WHERE o.is_same OR (o.listings = 1 AND c.rivals = 1)),
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
FROM considered c
CROSS JOIN LATERAL (
    SELECT count(*) AS listings, bool_or(d.product_number = c.product_number) AS is_same
    FROM devices_device d
    WHERE d.tenant_id = (SELECT %(target)s::bigint)
        AND d.serial = c.serial
        AND d.manufacturer = c.manufacturer
        AND (d.product_number = c.product_number OR '' IN (d.product_number, c.product_number))
) o
