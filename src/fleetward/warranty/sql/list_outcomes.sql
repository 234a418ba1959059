-- Purpose: the outcome of each device of the next batches of a run, in order, with what the device was
--   when it was asked about; batches that do not know tell what it is now. A device out of sight keeps
--   its line, without what it is.
-- Params: tenants bigint[], locations bigint[], capability text (the door); tenant bigint; run bigint;
--   after bigint (a batch's id); most integer (batches).
-- Reads: warranty_batch, devices_device. Writes: nothing. Index: warranty_batch_run.
-- Lock order: none. Largest size: 20 batches of 5,000 devices.
SELECT
    b.id,
    CASE WHEN d.id IS NULL THEN '' ELSE coalesce(o.manufacturer, d.manufacturer) END,
    CASE WHEN d.id IS NULL THEN '' ELSE coalesce(o.serial, d.serial) END,
    CASE WHEN d.id IS NULL THEN '' ELSE coalesce(o.name, d.name) END,
    b.provider,
    o.outcome,
    b.is_simulated AND o.outcome NOT IN ('', 'CANCELLED', 'DELETED')
FROM (
    SELECT id, provider, is_simulated, device_ids, manufacturers, serials, names, outcomes
    FROM warranty_batch
    WHERE run_id = %(run)s AND id > %(after)s
    ORDER BY id
    LIMIT %(most)s
) b
CROSS JOIN LATERAL unnest(b.device_ids, b.manufacturers, b.serials, b.names, b.outcomes)
    WITH ORDINALITY o (device_id, manufacturer, serial, name, outcome, number)
LEFT JOIN devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
    ON d.id = o.device_id AND d.tenant_id + 0 = %(tenant)s
ORDER BY b.id, o.number
