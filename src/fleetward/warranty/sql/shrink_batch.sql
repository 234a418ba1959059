-- Purpose: take all but some devices out of a batch, and count it anew; one that has none left is over.
-- Params: id bigint, device_ids bigint[] (those that stay).
-- Reads: warranty_batch. Writes: warranty_batch. Index: warranty_batch_pkey. Lock order: by id.
-- Largest size: 5,000 devices.
UPDATE warranty_batch b
SET (device_ids, manufacturers, serials, product_numbers, countries, names, outcomes) = (
        SELECT
            coalesce(array_agg(k.device_id ORDER BY k.number), '{}'),
            coalesce(array_agg(k.manufacturer ORDER BY k.number), '{}'),
            coalesce(array_agg(k.serial ORDER BY k.number), '{}'),
            coalesce(array_agg(k.product_number ORDER BY k.number), '{}'),
            coalesce(array_agg(k.country ORDER BY k.number), '{}'),
            coalesce(array_agg(k.name ORDER BY k.number), '{}'),
            coalesce(array_agg(k.outcome ORDER BY k.number), '{}')
        FROM unnest(
            b.device_ids, b.manufacturers, b.serials, b.product_numbers, b.countries, b.names,
            b.outcomes
        ) WITH ORDINALITY k (
            device_id, manufacturer, serial, product_number, country, name, outcome, number
        )
        WHERE k.device_id = ANY (%(device_ids)s::bigint[])
    ),
    tally = (
        SELECT coalesce(jsonb_object_agg(word, devices), '{}')
        FROM (
            SELECT k.outcome AS word, count(*) AS devices
            FROM unnest(b.device_ids, b.outcomes) k (device_id, outcome)
            WHERE k.device_id = ANY (%(device_ids)s::bigint[]) AND k.outcome <> ''
            GROUP BY 1
        ) counted
    ),
    state = CASE WHEN cardinality(%(device_ids)s::bigint[]) = 0 THEN 'DONE' ELSE b.state END,
    finished_at = CASE
        WHEN cardinality(%(device_ids)s::bigint[]) = 0 THEN clock_timestamp() ELSE b.finished_at
    END
WHERE b.id = %(id)s
