-- Purpose: add the devices of the staged rows that matched none. A row that loses a race against
--   another writer stays without a match: the caller matches again.
-- Params: tenant bigint, run bigint, round integer, origin text, now timestamptz.
-- Reads: import_stage, import_match. Writes: devices_device, import_match, devices_written.
-- Index: devices_device_identity. Lock order: devices by identity.
-- Largest size: batches of 50,000 rows into 1,000,000 devices.
WITH fresh AS MATERIALIZED (
    -- The id is drawn first, so that a row and its device are joined by a number.
    SELECT nextval('devices_device_id_seq'::regclass) AS id, s.*
    FROM (
        SELECT * FROM import_stage
        WHERE refusal = ''
          AND NOT EXISTS (SELECT FROM import_match AS m WHERE m.row_no = import_stage.row_no)
        ORDER BY serial, manufacturer, product_number
    ) AS s
), made AS (
    INSERT INTO devices_device (
        id, tenant_id, manufacturer, serial, product_number, origin, name, model, assigned_user,
        asset_tag, location, country, purchased_on, is_virtual, import_run_id, created_at,
        updated_at
    )
    SELECT
        id, %(tenant)s::bigint, manufacturer, serial, product_number, %(origin)s, name, model,
        assigned_user, asset_tag, location, country, purchased_on, coalesce(is_virtual, false),
        %(run)s::bigint, %(now)s, %(now)s
    FROM fresh
    ON CONFLICT (tenant_id, serial, manufacturer, product_number) DO NOTHING
    RETURNING id
), matched AS (
    INSERT INTO import_match (row_no, device_id, round, outcome, refusal)
    SELECT fresh.row_no, fresh.id, %(round)s, 'NEW', '' FROM fresh JOIN made USING (id)
)
INSERT INTO devices_written (device_id, change) SELECT id, 'NEW' FROM made
