-- Purpose: let a holding tenant hold what it only listed, where a staged row of a feed brings it.
-- Params: now timestamptz. Reads: feed_stage, devices_device. Writes: devices_device.
-- Index: devices_device_pkey.
-- Lock order: devices by id. Largest size: slices of 5,000 rows against 1,000,000 devices.
UPDATE devices_device d
SET has_custody = true, updated_at = %(now)s
WHERE d.id IN (
    SELECT l.id
    FROM devices_device l
    WHERE l.id = ANY (ARRAY(
        SELECT s.device_id FROM feed_stage s WHERE s.outcome = 'HELD' AND s.device_id IS NOT NULL
    )::bigint[])
      AND NOT l.has_custody
      AND l.is_active
    ORDER BY l.id
    FOR UPDATE
)
