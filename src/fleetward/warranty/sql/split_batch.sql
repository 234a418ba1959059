-- Purpose: a batch of its own for open devices of a claimed one, if the lease is still ours: the rest
--   of an answer, one half, or what must be planned anew. shrink_batch then takes them out.
-- Params: id bigint, lease timestamptz, device_ids bigint[], attempts integer,
--   is_asked boolean.
-- Reads: warranty_batch. Writes: warranty_batch. Index: warranty_batch_pkey.
-- Lock order: the claimed batch, by id. Largest size: 5,000 devices.
WITH claimed AS (
    SELECT * FROM warranty_batch
    WHERE id = %(id)s AND state = 'CLAIMED' AND due_at = %(lease)s
    FOR UPDATE
)
INSERT INTO warranty_batch (
    tenant_id, run_id, provider, state, device_ids, manufacturers, serials, product_numbers,
    countries, names, outcomes, tally, is_asked, attempts, due_at
)
SELECT
    c.tenant_id, c.run_id, c.provider, 'OPEN',
    array_agg(k.device_id ORDER BY k.number),
    array_agg(k.manufacturer ORDER BY k.number),
    array_agg(k.serial ORDER BY k.number),
    array_agg(k.product_number ORDER BY k.number),
    array_agg(k.country ORDER BY k.number),
    array_agg(k.name ORDER BY k.number),
    array_agg(''::text), '{}', c.is_asked OR %(is_asked)s, %(attempts)s, clock_timestamp()
FROM claimed c
CROSS JOIN LATERAL unnest(
    c.device_ids, c.manufacturers, c.serials, c.product_numbers, c.countries, c.names
) WITH ORDINALITY k (device_id, manufacturer, serial, product_number, country, name, number)
WHERE k.device_id = ANY (%(device_ids)s::bigint[])
GROUP BY c.id, c.tenant_id, c.run_id, c.provider, c.is_asked
