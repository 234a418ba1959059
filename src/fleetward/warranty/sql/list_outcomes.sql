-- Purpose: the outcome of each device of the next batches of a run, in order. A device out of sight
--   keeps its line, without what it is.
-- Params: tenants bigint[], locations bigint[], capability text (the door); tenant bigint; run bigint;
--   after bigint (a batch's id); most integer (batches).
-- Reads: warranty_batch, devices_device. Writes: nothing. Index: warranty_batch_run.
-- Lock order: none. Largest size: 20 batches of 5,000 devices.
SELECT
    b.id, coalesce(d.manufacturer, ''), coalesce(d.serial, ''), coalesce(d.name, ''), b.provider,
    o.outcome
FROM (
    SELECT id, provider, device_ids, outcomes
    FROM warranty_batch
    WHERE run_id = %(run)s AND id > %(after)s
    ORDER BY id
    LIMIT %(most)s
) b
CROSS JOIN LATERAL unnest(b.device_ids, b.outcomes) WITH ORDINALITY o (device_id, outcome, number)
LEFT JOIN devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
    ON d.id = o.device_id AND d.tenant_id + 0 = %(tenant)s
ORDER BY b.id, o.number
