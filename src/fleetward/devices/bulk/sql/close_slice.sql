-- Purpose: the outcome of the staged devices that close_devices has just switched.
-- Params: none. Reads: devices_written, bulk_slice. Writes: bulk_slice.
-- Lock order: none. Index: none (temporary tables). Largest size: 50,000 devices.
UPDATE bulk_slice s
SET outcome = 'DONE'
FROM devices_written w
WHERE s.device_id = w.device_id
