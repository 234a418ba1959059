-- Purpose: name the new devices of one holding tenant to upper contexts, which follow them.
-- Params: holding bigint. Reads: feed_stage. Writes: devices_written.
-- Index: none (every row of the temporary table). Lock order: none.
-- Largest size: slices of 5,000 rows.
INSERT INTO devices_written (device_id, change)
SELECT device_id, 'NEW' FROM feed_stage WHERE is_new AND holding = %(holding)s::bigint
