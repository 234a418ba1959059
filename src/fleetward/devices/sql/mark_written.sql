-- Purpose: note one written device for those who follow (devices.actions.effects).
-- Params: device bigint; change text.
-- Reads: nothing. Writes: devices_written. Index: none (one new row).
-- Lock order: none. Largest size: one row.
INSERT INTO devices_written (device_id, change) VALUES (%(device)s::bigint, %(change)s)
