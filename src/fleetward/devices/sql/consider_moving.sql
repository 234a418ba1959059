-- Purpose: stage those of some devices that a move may take, as far as the actor may move them, for whoever
--   tells what it would do.
-- Params: tenants, locations bigint[]; capability text; tenant bigint; ids bigint[].
-- Reads: devices_device. Writes: devices_considered. Index: none (three statements in one).
-- Lock order: none. Largest size: 50,000 of 1,000,000 devices.
CREATE TEMPORARY TABLE IF NOT EXISTS devices_considered (device_id bigint PRIMARY KEY) ON COMMIT DELETE ROWS;
DELETE FROM devices_considered;
INSERT INTO devices_considered (device_id)
SELECT d.id
FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
WHERE d.id = ANY (%(ids)s::bigint[]) AND d.tenant_id + 0 = %(tenant)s::bigint AND d.is_active
