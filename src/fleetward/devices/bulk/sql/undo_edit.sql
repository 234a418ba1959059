-- Purpose: give the staged devices the values back that a bulk edit changed, with their history; where
--   one of them is another by now, the device stays as it is.
-- Params: tenant, run, undone bigint (the bulk edit); actor, on_behalf, request_id text; now timestamptz.
-- Reads: bulk_slice, devices_device, devices_change.
-- Writes: devices_device, devices_change, devices_written, bulk_slice.
-- Lock order: devices by id, by lock_slice before. Index: devices_device_pkey, devices_change_device.
-- Largest size: 50,000 devices.
WITH wanted AS MATERIALIZED (
    SELECT
        d.id, c.fields,
        c.fields IS NOT NULL AND NOT EXISTS (
            SELECT FROM jsonb_each(c.fields) f
            WHERE f.value -> 'after' IS DISTINCT FROM jsonb_build_object(
                'assigned_user', d.assigned_user, 'location', d.location, 'country', d.country,
                'model', d.model, 'purchased_on', d.purchased_on, 'is_virtual', d.is_virtual,
                'plan', d.plan
            ) -> f.key
        ) AS is_same
    FROM bulk_slice s
    CROSS JOIN LATERAL (
        SELECT v.* FROM devices_device v
        WHERE v.id = s.device_id AND v.tenant_id = %(tenant)s::bigint OFFSET 0
    ) d
    LEFT JOIN LATERAL (
        SELECT h.fields FROM devices_change h
        WHERE h.device_id = d.id AND h.bulk_run_id = %(undone)s::bigint
        ORDER BY h.id DESC
        LIMIT 1
    ) c ON true
    WHERE s.outcome = ''
), updated AS (
    UPDATE devices_device d
    SET assigned_user = coalesce(w.fields #>> '{assigned_user,before}', d.assigned_user),
        location = coalesce(w.fields #>> '{location,before}', d.location),
        country = coalesce(w.fields #>> '{country,before}', d.country),
        model = coalesce(w.fields #>> '{model,before}', d.model),
        purchased_on = CASE
            WHEN w.fields ? 'purchased_on' THEN (w.fields #>> '{purchased_on,before}')::date
            ELSE d.purchased_on
        END,
        is_virtual = coalesce((w.fields #>> '{is_virtual,before}')::boolean, d.is_virtual),
        plan = coalesce(w.fields #>> '{plan,before}', d.plan),
        updated_at = %(now)s
    FROM wanted w
    WHERE w.is_same AND d.id = w.id
), history AS (
    INSERT INTO devices_change (
        tenant_id, device_id, at, actor, on_behalf, kind, fields, bulk_run_id, request_id
    )
    SELECT
        %(tenant)s::bigint, w.id, %(now)s, %(actor)s, %(on_behalf)s, 'CHANGED',
        (
            SELECT jsonb_object_agg(
                f.key, jsonb_build_object('before', f.value -> 'after', 'after', f.value -> 'before')
            )
            FROM jsonb_each(w.fields) f
        ),
        %(run)s::bigint, %(request_id)s
    FROM wanted w
    WHERE w.is_same
    ORDER BY w.id
), written AS (
    INSERT INTO devices_written (device_id, change)
    SELECT w.id, 'QUESTION' FROM wanted w WHERE w.is_same AND w.fields ?| ARRAY['country', 'is_virtual']
)
UPDATE bulk_slice s
SET outcome = CASE WHEN w.is_same THEN 'DONE' ELSE 'CHANGED_SINCE' END
FROM wanted w
WHERE s.device_id = w.id
