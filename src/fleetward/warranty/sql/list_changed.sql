-- Purpose: devices of ended batches that are other machines than were planned, of those that ended
--   with one outcome (W17). `+ 0`: see read_keys.
-- Params: tenant bigint; batches bigint[]; outcome text.
-- Reads: warranty_batch, devices_device. Writes: nothing. Index: devices_device_pkey.
-- Lock order: none. Largest size: 500 batches of 100 devices.
SELECT d.id
FROM warranty_batch b
CROSS JOIN LATERAL unnest(
    b.device_ids, b.outcomes, b.serials, b.product_numbers, b.countries, b.manufacturers
) k (device_id, outcome, serial, product_number, country, manufacturer)
JOIN devices_device d ON d.id = k.device_id
WHERE b.id = ANY (%(batches)s::bigint[])
  AND k.outcome = %(outcome)s
  AND k.serial IS NOT NULL
  AND d.tenant_id + 0 = %(tenant)s
  AND d.is_active
  AND (d.serial, d.product_number, d.country, d.manufacturer)
      <> (k.serial, k.product_number, k.country, k.manufacturer)
