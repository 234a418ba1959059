-- Purpose: lock devices that are to leave a tenant, as far as the actor may move them and they are still
--   there, and what the target lists of the same machines (T14), whether active, deleted or archived.
--   A product number that only one of two has may be any, where no third one could be meant.
-- Params: tenants, locations bigint[]; capability text; tenant, target bigint; ids bigint[]; tables
--   devices_moved, devices_merged.
-- Reads: devices_device. Writes: devices_moved, devices_merged.
-- Index: devices_device_pkey (`+ 0` and OFFSET: see read_keys), devices_device_identity. The target is
--   hidden from the planner (SELECT): of a tenant that had no devices when statistics were made it reads all
--   that have arrived, for each device, by whichever index begins with the tenant.
-- Lock order: devices by id, of both tenants. Largest size: 5,000 of 1,000,000 devices.
WITH wanted AS MATERIALIZED (
    SELECT d.id, d.serial, d.manufacturer, d.product_number
    FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
    WHERE d.id = ANY (%(ids)s::bigint[]) AND d.tenant_id + 0 = %(tenant)s::bigint
), listed AS MATERIALIZED (
    SELECT l.id
    FROM wanted w
    CROSS JOIN LATERAL (
        SELECT o.id
        FROM devices_device o
        WHERE o.tenant_id = (SELECT %(target)s::bigint)
            AND o.serial = w.serial
            AND o.manufacturer = w.manufacturer
            AND (o.product_number = w.product_number OR '' IN (o.product_number, w.product_number))
        OFFSET 0
    ) l
), locked AS MATERIALIZED (
    -- Again, because a row that had to be waited for may be another by now.
    SELECT d.*
    FROM devices_device d
    WHERE d.id = ANY (ARRAY(SELECT id FROM wanted UNION ALL SELECT id FROM listed)::bigint[])
        AND (
            d.tenant_id + 0 = %(tenant)s::bigint AND d.is_active AND d.id IN (SELECT id FROM wanted)
            OR d.tenant_id + 0 = %(target)s::bigint
        )
    ORDER BY d.id
    FOR UPDATE
), merged AS (
    -- By grouping: joined with themselves, five thousand of them are compared with each other (10 s).
    INSERT INTO devices_merged (device_id, listing_id, listing)
    SELECT
        min(l.id) FILTER (WHERE l.tenant_id = %(tenant)s::bigint),
        min(l.id) FILTER (WHERE l.tenant_id = %(target)s::bigint),
        min(to_jsonb(l)::text) FILTER (WHERE l.tenant_id = %(target)s::bigint)::jsonb
    FROM locked l
    GROUP BY GROUPING SETS ((l.serial, l.manufacturer, l.product_number), (l.serial, l.manufacturer))
    HAVING count(*) = 2 AND CASE
        WHEN grouping(l.product_number) = 0 THEN true
        ELSE min(l.tenant_id) < max(l.tenant_id) AND min(l.product_number) = '' AND max(l.product_number) <> ''
    END
)
INSERT INTO devices_moved (device_id, uid)
SELECT l.id, l.uid FROM locked l WHERE l.tenant_id = %(tenant)s::bigint
