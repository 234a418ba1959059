-- Purpose: do to the staged devices what judge_undo says, with their history: devices that an import made
--   become inactive (E10), others get the values back that they had before it.
-- Params: tenant, run bigint; actor, on_behalf, request_id text; now timestamptz.
-- Reads: bulk_slice, undo_slice, devices_device.
-- Writes: devices_device, devices_change, devices_written, bulk_slice.
-- Lock order: devices by id, by lock_slice before. Index: devices_device_pkey.
-- Largest size: 50,000 devices.
WITH wanted AS MATERIALIZED (
    SELECT u.device_id, u.verdict = 'REMOVED' AS is_to_go, u.fields
    FROM undo_slice u
    WHERE u.verdict IN ('REMOVED', 'DONE')
), updated AS (
    UPDATE devices_device d
    SET manufacturer = coalesce(w.fields #>> '{manufacturer,before}', d.manufacturer),
        product_number = coalesce(w.fields #>> '{product_number,before}', d.product_number),
        name = coalesce(w.fields #>> '{name,before}', d.name),
        model = coalesce(w.fields #>> '{model,before}', d.model),
        assigned_user = coalesce(w.fields #>> '{assigned_user,before}', d.assigned_user),
        asset_tag = coalesce(w.fields #>> '{asset_tag,before}', d.asset_tag),
        location = coalesce(w.fields #>> '{location,before}', d.location),
        country = coalesce(w.fields #>> '{country,before}', d.country),
        purchased_on = CASE
            WHEN w.fields ? 'purchased_on' THEN (w.fields #>> '{purchased_on,before}')::date
            ELSE d.purchased_on
        END,
        is_virtual = coalesce((w.fields #>> '{is_virtual,before}')::boolean, d.is_virtual),
        is_active = NOT w.is_to_go,
        updated_at = %(now)s
    FROM wanted w
    WHERE d.id = w.device_id
), history AS (
    INSERT INTO devices_change (
        tenant_id, device_id, at, actor, on_behalf, kind, fields, bulk_run_id, request_id
    )
    SELECT
        %(tenant)s::bigint, w.device_id, %(now)s, %(actor)s, %(on_behalf)s,
        CASE WHEN w.is_to_go THEN 'DELETED' ELSE 'CHANGED' END,
        (
            SELECT coalesce(
                jsonb_object_agg(
                    f.key, jsonb_build_object('before', f.value -> 'after', 'after', f.value -> 'before')
                ),
                '{}'
            )
            FROM jsonb_each(w.fields) f
        ),
        %(run)s::bigint, %(request_id)s
    FROM wanted w
    ORDER BY w.device_id
), written AS (
    INSERT INTO devices_written (device_id, change)
    SELECT
        w.device_id,
        CASE
            WHEN w.is_to_go THEN 'GONE'
            WHEN w.fields ?| ARRAY['manufacturer', 'product_number'] THEN 'IDENTITY'
            ELSE 'QUESTION'
        END
    FROM wanted w
    WHERE w.is_to_go
       OR w.fields ?| ARRAY['manufacturer', 'product_number', 'country', 'is_virtual']
)
UPDATE bulk_slice s
SET outcome = u.verdict, refusal = u.refusal
FROM undo_slice u
WHERE s.device_id = u.device_id
