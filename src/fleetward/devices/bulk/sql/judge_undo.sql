-- Purpose: what the undo of an import is to do to each staged device. A device that the import added, or
--   brought back, is REMOVED, unless a field of it or its hand-entered warranty (`warranty`) is another by
--   now, or a later list names it as well. A
--   device that it changed gets its former values back (DONE), unless a field that the import wrote is
--   another by now, or another device has its former identity.
-- Params: tenant, import bigint; later bigint[] (the imports that came after it).
-- Reads: bulk_slice, devices_device, devices_change, devices_importrow. Writes: undo_slice.
-- Lock order: devices by id, by lock_slice before, where something follows from it.
-- Index: devices_device_pkey, devices_change_device. Largest size: 1,000,000 devices.
WITH seen AS MATERIALIZED (
    SELECT
        d.id, d.manufacturer, d.serial, d.product_number,
        h.ours IS NULL OR w.kind = 'RESTORED' AS is_to_go,
        coalesce(w.fields, '{}') AS fields,
        coalesce(h.ours, 0) AS ours,
        h.latest > coalesce(h.ours, 0) AS has_more,
        CASE WHEN h.latest IS NOT NULL THEN jsonb_build_object(
            'manufacturer', d.manufacturer, 'serial', d.serial, 'product_number', d.product_number,
            'name', d.name, 'model', d.model, 'assigned_user', d.assigned_user,
            'asset_tag', d.asset_tag, 'location', d.location, 'country', d.country,
            'purchased_on', d.purchased_on, 'is_virtual', d.is_virtual,
            'plan', d.plan
        ) END AS present
    FROM bulk_slice s
    CROSS JOIN LATERAL (
        SELECT v.* FROM devices_device v
        WHERE v.id = s.device_id AND v.tenant_id = %(tenant)s::bigint OFFSET 0
    ) d
    CROSS JOIN LATERAL (
        SELECT min(c.id) FILTER (WHERE c.import_run_id = %(import)s::bigint) AS ours, max(c.id) AS latest
        FROM devices_change c
        WHERE c.device_id = d.id AND c.tenant_id + 0 = %(tenant)s::bigint
    ) h
    LEFT JOIN LATERAL (
        SELECT c.kind, c.fields FROM devices_change c WHERE c.id = h.ours AND c.device_id = d.id OFFSET 0
    ) w ON true
    WHERE s.outcome = ''
), compared AS MATERIALIZED (
    SELECT
        x.*,
        -- By what the import wrote, and for a device that is to go by everything after it.
        coalesce(written.since, '{}') || coalesce(later.since, '{}') || coalesce(entered.since, '{}')
            AS since
    FROM seen x
    LEFT JOIN LATERAL (
        SELECT jsonb_object_agg(
            f.key, jsonb_build_object('before', f.value -> 'after', 'after', x.present -> f.key)
        ) AS since
        FROM jsonb_each(x.fields) f
        WHERE f.value -> 'after' IS DISTINCT FROM x.present -> f.key
    ) written ON true
    LEFT JOIN LATERAL (
        SELECT jsonb_object_agg(
            f.key, jsonb_build_object('before', f.first, 'after', x.present -> f.key)
        ) AS since
        FROM (
            SELECT DISTINCT ON (one.key) one.key, one.value -> 'before' AS first
            FROM devices_change c
            CROSS JOIN LATERAL jsonb_each(c.fields) one
            WHERE x.has_more AND x.is_to_go AND c.device_id = x.id AND c.id > x.ours
              AND c.tenant_id + 0 = %(tenant)s::bigint
              -- Groups are not of the device; what was entered of its warranty has names of its own.
              AND c.kind NOT IN ('WARRANTY', 'GROUP')
            ORDER BY one.key, c.id
        ) f
        WHERE f.first IS DISTINCT FROM x.present -> f.key
    ) later ON true
    LEFT JOIN LATERAL (
        -- The most telling of the details that differ stands for all.
        SELECT jsonb_build_object(
            'warranty', jsonb_build_object('before', f.first, 'after', f.latest)
        ) AS since
        FROM (
            SELECT
                one.key,
                (array_agg(one.value -> 'before' ORDER BY c.id))[1] AS first,
                (array_agg(one.value -> 'after' ORDER BY c.id DESC))[1] AS latest
            FROM devices_change c
            CROSS JOIN LATERAL jsonb_each(c.fields) one
            WHERE x.has_more AND x.is_to_go AND c.device_id = x.id AND c.id > x.ours
              AND c.tenant_id + 0 = %(tenant)s::bigint
              AND c.kind = 'WARRANTY'
            GROUP BY one.key
        ) f
        WHERE f.first IS DISTINCT FROM f.latest
        ORDER BY f.key <> 'name', f.key <> 'ends_on', f.key
        LIMIT 1
    ) entered ON true
), judged AS (
    SELECT
        c.id, c.is_to_go, c.fields, c.since,
        CASE
            WHEN c.since <> '{}' THEN ''
            -- Without a reference to the row: PostgreSQL reads the lists once, into a hash.
            WHEN c.is_to_go AND c.id IN (
                SELECT r.device_id
                FROM devices_importrow r
                WHERE r.run_id = ANY (%(later)s::bigint[])
                  AND r.tenant_id = %(tenant)s::bigint
                  AND r.device_id BETWEEN (SELECT min(device_id) FROM bulk_slice)
                      AND (SELECT max(device_id) FROM bulk_slice)
            ) THEN 'LISTED_AGAIN'
            WHEN c.fields ?| ARRAY['manufacturer', 'product_number'] AND EXISTS (
                SELECT FROM devices_device o
                WHERE o.tenant_id = %(tenant)s::bigint
                  AND o.serial = c.serial
                  AND o.manufacturer = coalesce(c.fields #>> '{manufacturer,before}', c.manufacturer)
                  AND o.product_number = coalesce(c.fields #>> '{product_number,before}', c.product_number)
                  AND o.id <> c.id
            ) THEN 'IDENTITY_TAKEN'
            ELSE ''
        END AS refusal
    FROM compared c
)
INSERT INTO undo_slice (device_id, verdict, refusal, fields, since)
SELECT
    j.id,
    CASE
        WHEN j.since <> '{}' THEN 'CHANGED_SINCE'
        WHEN j.refusal <> '' THEN 'REFUSED'
        WHEN j.is_to_go THEN 'REMOVED'
        WHEN j.fields = '{}' THEN 'UNCHANGED'
        ELSE 'DONE'
    END,
    j.refusal, j.fields, j.since
FROM judged j
