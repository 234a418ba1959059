-- Purpose: what active devices are now, beside what was asked about (W17). `+ 0`: see read_keys.
-- Params: tenant bigint; ids bigint[].
-- Reads: devices_device. Writes: nothing. Index: devices_device_pkey. Lock order: none.
-- Largest size: 5,000 devices.
SELECT d.id, d.serial, d.product_number, d.country, d.manufacturer
FROM devices_device d
WHERE d.tenant_id + 0 = %(tenant)s AND d.id = ANY (%(ids)s::bigint[])
  AND d.is_active
