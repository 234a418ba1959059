-- Purpose: bring the devices marked as differing to what the list says, with their history. An empty
--   cell leaves what is stored; of HP and HPE, HPE stays (twin of rules.agreed_maker). A deleted
--   device that is listed again comes back and counts as new. A device that a mover took away while
--   this waited for it is not the tenant's any more: its row loses its match, and is added anew.
-- Params: tenant bigint, run bigint, round integer; actor, on_behalf, request_id text; now timestamptz.
-- Reads: import_stage, import_match, devices_device.
-- Writes: devices_device, devices_change, devices_written, import_match.
-- Index: devices_device_pkey. Lock order: devices by id.
-- Largest size: batches of 50,000 rows against 1,000,000 devices.
WITH differing AS MATERIALIZED (
    SELECT
        s.*,
        d.id,
        d.is_active AS was_active,
        d.manufacturer AS old_manufacturer,
        d.product_number AS old_product_number,
        d.name AS old_name,
        d.model AS old_model,
        d.assigned_user AS old_assigned_user,
        d.asset_tag AS old_asset_tag,
        d.location AS old_location,
        d.country AS old_country,
        d.purchased_on AS old_purchased_on,
        d.is_virtual AS old_is_virtual
    FROM import_match AS m
    JOIN import_stage AS s ON s.row_no = m.row_no
    JOIN devices_device AS d ON d.id = m.device_id
    WHERE m.round = %(round)s
      AND m.outcome IN ('CHANGED', 'RESTORED')
      AND d.tenant_id = %(tenant)s::bigint
    ORDER BY d.id
    FOR UPDATE OF d
), lost AS (
    DELETE FROM import_match AS m
    WHERE m.round = %(round)s
      AND m.outcome IN ('CHANGED', 'RESTORED')
      AND NOT EXISTS (SELECT FROM differing AS c WHERE c.row_no = m.row_no)
), updated AS (
    UPDATE devices_device AS d SET
        manufacturer = CASE WHEN c.manufacturer = 'HPE' THEN 'HPE' ELSE d.manufacturer END,
        product_number = coalesce(nullif(c.product_number, ''), d.product_number),
        name = coalesce(nullif(c.name, ''), d.name),
        model = coalesce(nullif(c.model, ''), d.model),
        assigned_user = coalesce(nullif(c.assigned_user, ''), d.assigned_user),
        asset_tag = coalesce(nullif(c.asset_tag, ''), d.asset_tag),
        location = coalesce(nullif(c.location, ''), d.location),
        country = coalesce(nullif(c.country, ''), d.country),
        purchased_on = coalesce(c.purchased_on, d.purchased_on),
        is_virtual = d.is_virtual OR coalesce(c.is_virtual, false),
        is_active = true,
        archived_on = NULL,
        updated_at = %(now)s
    FROM differing AS c
    WHERE d.id = c.id
), history AS (
    INSERT INTO devices_change
        (tenant_id, device_id, at, actor, on_behalf, kind, fields, import_run_id, request_id)
    SELECT
        %(tenant)s::bigint,
        c.id,
        %(now)s,
        %(actor)s,
        %(on_behalf)s,
        CASE WHEN c.was_active THEN 'CHANGED' ELSE 'RESTORED' END,
        (
            SELECT coalesce(
                jsonb_object_agg(f.field, jsonb_build_object('before', f.old, 'after', f.given)), '{}'
            )
            FROM (
                VALUES
                    ('manufacturer', to_jsonb(c.old_manufacturer), to_jsonb(nullif(c.manufacturer, 'HP'))),
                    ('product_number', to_jsonb(c.old_product_number), to_jsonb(nullif(c.product_number, ''))),
                    ('name', to_jsonb(c.old_name), to_jsonb(nullif(c.name, ''))),
                    ('model', to_jsonb(c.old_model), to_jsonb(nullif(c.model, ''))),
                    ('assigned_user', to_jsonb(c.old_assigned_user), to_jsonb(nullif(c.assigned_user, ''))),
                    ('asset_tag', to_jsonb(c.old_asset_tag), to_jsonb(nullif(c.asset_tag, ''))),
                    ('location', to_jsonb(c.old_location), to_jsonb(nullif(c.location, ''))),
                    ('country', to_jsonb(c.old_country), to_jsonb(nullif(c.country, ''))),
                    ('purchased_on', to_jsonb(c.old_purchased_on), to_jsonb(c.purchased_on)),
                    ('is_virtual', to_jsonb(c.old_is_virtual), to_jsonb(nullif(c.is_virtual, false)))
            ) AS f (field, old, given)
            WHERE f.given IS NOT NULL AND f.given IS DISTINCT FROM f.old
        ),
        %(run)s::bigint,
        %(request_id)s
    FROM differing AS c
)
INSERT INTO devices_written (device_id, change)
SELECT
    c.id,
    CASE
        WHEN c.manufacturer = 'HPE' AND c.old_manufacturer = 'HP' THEN 'IDENTITY'
        WHEN c.product_number <> '' AND c.product_number <> c.old_product_number THEN 'IDENTITY'
        WHEN NOT c.was_active THEN 'NEW'
        ELSE 'QUESTION'
    END
FROM differing AS c
WHERE NOT c.was_active
   OR (c.manufacturer = 'HPE' AND c.old_manufacturer = 'HP')
   OR (c.product_number <> '' AND c.product_number <> c.old_product_number)
   OR (c.country <> '' AND c.country <> c.old_country)
   OR (c.is_virtual AND NOT c.old_is_virtual)
