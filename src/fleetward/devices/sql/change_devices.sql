-- Purpose: bring devices to what is wanted of each, with their history; deleted ones come back.
-- Params: tenant bigint; rows jsonb (id, every field, kind and fields of the history, and what others
--   must follow: change NEW, IDENTITY, QUESTION or ''); actor, on_behalf, request_id text; now timestamptz.
-- Reads: devices_device. Writes: devices_device, devices_change, devices_written.
-- Lock order: devices by id, by claim_named before. Index: devices_device_pkey (`+ 0`: see
--   read_keys).
-- Largest size: 10,000 devices.
WITH wanted AS MATERIALIZED (
    SELECT *
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS w (
        id bigint, manufacturer text, serial text, product_number text, name text, model text,
        assigned_user text, asset_tag text, location text, country text, purchased_on date,
        is_virtual boolean, kind text, fields jsonb, change text
    )
), updated AS (
    UPDATE devices_device d
    SET manufacturer = w.manufacturer,
        serial = w.serial,
        product_number = w.product_number,
        name = w.name,
        model = w.model,
        assigned_user = w.assigned_user,
        asset_tag = w.asset_tag,
        location = w.location,
        country = w.country,
        purchased_on = w.purchased_on,
        is_virtual = w.is_virtual,
        is_active = true,
        archived_on = NULL,
        updated_at = %(now)s
    FROM wanted w
    WHERE d.id = w.id AND d.tenant_id + 0 = %(tenant)s::bigint
        -- Or all devices of the tenant may be read, to join them by hashing.
        AND d.id = ANY (ARRAY(SELECT id FROM wanted))
), history AS (
    INSERT INTO devices_change (
        tenant_id, device_id, at, actor, on_behalf, kind, fields, request_id
    )
    SELECT
        %(tenant)s::bigint, w.id, %(now)s, %(actor)s, %(on_behalf)s, w.kind, w.fields,
        %(request_id)s
    FROM wanted w
    ORDER BY w.id
)
INSERT INTO devices_written (device_id, change)
SELECT w.id, w.change FROM wanted w WHERE w.change <> ''
