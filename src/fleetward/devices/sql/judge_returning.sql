-- Purpose: of the locked devices keep those that a move has brought and nobody has changed since; groups are
--   no change. Nor may the source list the machine anew. They leave an entry in the history of where they
--   were, and what was merged into them is staged.
-- Params: tenant, target bigint (from where, to where they had gone); reference uuid; actor, on_behalf,
--   request_id text; now timestamptz; tables devices_moved, devices_parted.
-- Reads: devices_device, devices_departure, devices_change, devices_mergedlisting.
-- Writes: devices_moved, devices_parted, devices_change.
-- Index: devices_departure_once, devices_change_device, devices_device_identity, devices_mergedlisting_pkey.
-- Lock order: devices by id, by claim_returning before. Largest size: 5,000 devices.
WITH back AS MATERIALIZED (
    SELECT d.id
    FROM devices_moved m
    CROSS JOIN LATERAL (SELECT v.* FROM devices_device v WHERE v.id = m.device_id OFFSET 0) d
    CROSS JOIN LATERAL (
        SELECT o.at
        FROM devices_departure o
        WHERE o.uid = d.uid
            AND o.reference = %(reference)s::uuid
            AND o.tenant_id + 0 = %(tenant)s::bigint
            AND o.target_id = %(target)s::bigint
            AND o.undone_at IS NULL
        OFFSET 0
    ) p
    WHERE p.at = d.updated_at
        AND NOT EXISTS (
            SELECT FROM devices_change c
            WHERE c.device_id = d.id
                AND c.tenant_id + 0 = %(target)s::bigint
                AND c.kind NOT IN ('GROUP', 'RECEIVED')
                AND c.id > (
                    SELECT max(r.id) FROM devices_change r
                    WHERE r.device_id = d.id AND r.tenant_id + 0 = %(target)s::bigint AND r.kind = 'RECEIVED'
                )
        )
        AND NOT EXISTS (
            SELECT FROM devices_device o
            WHERE o.tenant_id = %(tenant)s::bigint
                AND o.serial = d.serial
                AND o.manufacturer = d.manufacturer
                AND o.product_number = d.product_number
        )
), left_alone AS (
    DELETE FROM devices_moved m WHERE NOT EXISTS (SELECT FROM back b WHERE b.id = m.device_id)
), parted AS (
    INSERT INTO devices_parted (device_id, listing_id, listing)
    SELECT l.device_id, l.listing_id, l.listing
    FROM devices_mergedlisting l
    WHERE l.reference = %(reference)s::uuid
        AND l.device_id = ANY (ARRAY(SELECT id FROM back)::bigint[])
        AND l.tenant_id + 0 = %(target)s::bigint
)
INSERT INTO devices_change (tenant_id, device_id, at, actor, on_behalf, kind, fields, request_id)
SELECT %(target)s::bigint, b.id, %(now)s, %(actor)s, %(on_behalf)s, 'SENT', '{}', %(request_id)s
FROM back b
ORDER BY b.id
