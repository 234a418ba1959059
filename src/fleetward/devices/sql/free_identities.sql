-- Purpose: let devices give up their identities, which others of the same call are to have: whichever of
--   them is written first would collide otherwise. change_devices gives each its new one.
-- Params: tenant bigint; ids bigint[].
-- Reads: devices_device. Writes: devices_device. Lock order: devices by id, by claim_named before.
-- Index: devices_device_pkey. Largest size: 10,000 devices.
UPDATE devices_device
SET serial = chr(1) || id
WHERE tenant_id = %(tenant)s::bigint AND id = ANY (%(ids)s::bigint[])
