-- Purpose: the device of an identity (T10) in one tenant.
-- Params: tenants, locations bigint[]; capability text; tenant bigint; manufacturer, serial,
--   product_number text.
-- Reads: devices_device. Writes: nothing. Lock order: none.
-- Index: devices_device_identity. Largest size: one device.
SELECT d.uid
FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
WHERE d.tenant_id = %(tenant)s::bigint
  AND d.serial = %(serial)s
  AND d.manufacturer = %(manufacturer)s
  AND d.product_number = %(product_number)s
