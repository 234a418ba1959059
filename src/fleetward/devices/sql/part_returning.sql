-- Purpose: leave the devices that do not go back, and let the others leave an entry in the history of where
--   they were; what was merged into them is staged. Tells how many go back.
-- Params: target bigint (where they are); reference uuid; actor, on_behalf, request_id text; now timestamptz;
--   tables devices_moved, devices_parted.
-- Reads: devices_mergedlisting. Writes: devices_moved, devices_parted, devices_change.
-- Index: devices_mergedlisting_pkey. Lock order: devices by id, by claim_returning before.
-- Largest size: 5,000 devices.
WITH left_alone AS (
    DELETE FROM devices_moved m WHERE m.kept IS NULL
), parted AS (
    INSERT INTO devices_parted (device_id, listing_id, listing)
    SELECT l.device_id, l.listing_id, l.listing
    FROM devices_mergedlisting l
    WHERE l.reference = %(reference)s::uuid
        AND l.device_id = ANY (ARRAY(SELECT device_id FROM devices_moved WHERE kept IS NOT NULL)::bigint[])
        AND l.tenant_id + 0 = %(target)s::bigint
)
INSERT INTO devices_change (tenant_id, device_id, at, actor, on_behalf, kind, fields, request_id)
SELECT %(target)s::bigint, m.device_id, %(now)s, %(actor)s, %(on_behalf)s, 'SENT', '{}', %(request_id)s
FROM devices_moved m
WHERE m.kept IS NOT NULL
ORDER BY m.device_id
