-- Purpose: the first rows of each outcome in the batch for the preview, with what would change.
-- Params: most integer (rows of each outcome).
-- Reads: import_stage, import_match, devices_device. Writes: none.
-- Index: devices_device_pkey. Lock order: none.
-- Largest size: batches of 50,000 rows of a list of 1,000,000.
WITH ended AS (
    SELECT
        s.*,
        m.device_id,
        CASE
            WHEN s.refusal <> '' THEN 'REFUSED'
            WHEN m.outcome IS NULL OR m.outcome = 'RESTORED' THEN 'NEW'
            ELSE m.outcome
        END AS outcome,
        coalesce(nullif(s.refusal, ''), m.refusal, '') AS why
    FROM import_stage AS s
    LEFT JOIN import_match AS m ON m.row_no = s.row_no
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY outcome ORDER BY row_no) AS place FROM ended
)
SELECT
    r.row_no,
    r.outcome,
    r.why,
    CASE WHEN r.why = 'AMBIGUOUS_SERIAL' THEN 'serial' ELSE r.field END,
    jsonb_build_object(
        'manufacturer', r.manufacturer, 'serial', r.serial, 'product_number', r.product_number,
        'name', r.name, 'model', r.model, 'assigned_user', r.assigned_user,
        'asset_tag', r.asset_tag, 'location', r.location, 'country', r.country,
        'purchased_on', coalesce(r.purchased_on::text, '')
    ),
    (
        SELECT coalesce(jsonb_object_agg(f.field, jsonb_build_array(f.old, f.given)), '{}')
        FROM (
            VALUES
                ('manufacturer', d.manufacturer::text, nullif(r.manufacturer, 'HP')),
                ('product_number', d.product_number::text, r.product_number),
                ('name', d.name::text, r.name),
                ('model', d.model::text, r.model),
                ('assigned_user', d.assigned_user::text, r.assigned_user),
                ('asset_tag', d.asset_tag::text, r.asset_tag),
                ('location', d.location::text, r.location),
                ('country', d.country::text, r.country),
                ('purchased_on', coalesce(d.purchased_on::text, ''), r.purchased_on::text),
                ('is_virtual', d.is_virtual::text, nullif(r.is_virtual, false)::text)
        ) AS f (field, old, given)
        WHERE r.outcome = 'CHANGED' AND f.given <> '' AND f.given <> f.old
    )
FROM ranked AS r
LEFT JOIN LATERAL (
    -- OFFSET keeps the look-up along the index: below row-level security the planner would rather
    -- read all of the tenant's devices.
    SELECT * FROM devices_device WHERE id = r.device_id OFFSET 0
) AS d ON true
WHERE r.place <= %(most)s
ORDER BY r.row_no
