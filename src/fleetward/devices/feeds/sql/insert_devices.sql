-- Purpose: put the machines of the staged rows into their holding tenants, and begin their history. A
--   row that loses a race against another writer stays without a device: the caller judges it again.
-- Params: actor, on_behalf, request_id text; now timestamptz.
-- Reads: feed_stage. Writes: devices_device, devices_change, feed_stage.
-- Index: none (it only adds). Lock order: devices by identity.
-- Largest size: slices of 5,000 rows against 1,000,000 devices.
WITH fresh AS MATERIALIZED (
    -- The id is drawn first, so that a row and its device are joined by a number.
    SELECT nextval('devices_device_id_seq'::regclass) AS id, s.*
    FROM (
        SELECT row_no, holding, serial, manufacturer, product_number, model
        FROM feed_stage
        WHERE outcome = 'HELD' AND device_id IS NULL
        ORDER BY serial, manufacturer, product_number, row_no
    ) s
), made AS (
    INSERT INTO devices_device (
        id, tenant_id, manufacturer, serial, product_number, model, origin, has_custody, created_at,
        updated_at
    )
    SELECT
        id, holding, manufacturer, serial, product_number, model, 'RESALE_FEED', true, %(now)s,
        %(now)s
    FROM fresh
    ON CONFLICT DO NOTHING
    RETURNING id, tenant_id
), history AS (
    INSERT INTO devices_change (
        tenant_id, device_id, at, actor, on_behalf, kind, fields, request_id
    )
    SELECT
        m.tenant_id, m.id, %(now)s, %(actor)s, %(on_behalf)s, 'CREATED', '{}', %(request_id)s
    FROM made m
    ORDER BY m.id
)
UPDATE feed_stage s
SET device_id = m.id, is_new = true
FROM fresh f
JOIN made m ON m.id = f.id
WHERE s.row_no = f.row_no
