-- Purpose: what a provider is asked with, of those open devices of claimed batches that are still
--   there, and whether each is another machine than was planned (W17). `+ 0` keeps the planner from
--   walking through the tenant's devices in an index by name (5 ms, not 0.1).
-- Params: tenants bigint[], locations bigint[], capability text (the door); tenant bigint;
--   batches bigint[].
-- Reads: warranty_batch, devices_device. Writes: nothing. Index: devices_device_pkey.
-- Lock order: none. Largest size: 5,000 devices.
SELECT
    d.id, d.serial, d.product_number, d.country, d.manufacturer,
    k.serial IS NOT NULL
    AND (d.serial, d.product_number, d.country, d.manufacturer)
        <> (k.serial, k.product_number, k.country, k.manufacturer)
FROM warranty_batch b
CROSS JOIN LATERAL unnest(
    b.device_ids, b.outcomes, b.serials, b.product_numbers, b.countries, b.manufacturers
) k (device_id, outcome, serial, product_number, country, manufacturer)
JOIN devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
    ON d.id = k.device_id
WHERE b.id = ANY (%(batches)s::bigint[])
  AND k.outcome = ''
  AND d.tenant_id + 0 = %(tenant)s
  AND d.is_active
