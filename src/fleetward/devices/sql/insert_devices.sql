-- Purpose: add devices, each with its own values, and begin their history.
-- Params: tenant bigint; rows jsonb (uid and every field); origin, actor, on_behalf, request_id text;
--   now timestamptz.
-- Reads: nothing. Writes: devices_device, devices_change, devices_written.
-- Lock order: devices by identity. Index: none (it only adds). Largest size: 10,000 devices.
WITH made AS (
    INSERT INTO devices_device (
        uid, tenant_id, manufacturer, serial, product_number, origin, name, model, assigned_user,
        asset_tag, location, country, purchased_on, is_virtual, created_at, updated_at
    )
    SELECT
        w.uid, %(tenant)s::bigint, w.manufacturer, w.serial, w.product_number, %(origin)s, w.name,
        w.model, w.assigned_user, w.asset_tag, w.location, w.country, w.purchased_on, w.is_virtual,
        %(now)s, %(now)s
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS w (
        uid uuid, manufacturer text, serial text, product_number text, name text, model text,
        assigned_user text, asset_tag text, location text, country text, purchased_on date,
        is_virtual boolean
    )
    ORDER BY w.serial COLLATE "C", w.manufacturer COLLATE "C", w.product_number COLLATE "C"
    RETURNING id
), history AS (
    INSERT INTO devices_change (
        tenant_id, device_id, at, actor, on_behalf, kind, fields, request_id
    )
    SELECT
        %(tenant)s::bigint, m.id, %(now)s, %(actor)s, %(on_behalf)s, 'CREATED', '{}', %(request_id)s
    FROM made m
    ORDER BY m.id
)
INSERT INTO devices_written (device_id, change) SELECT m.id, 'NEW' FROM made m
