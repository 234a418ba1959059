-- Purpose: let the staged rows be judged again whose machine somebody else wrote first.
-- Params: none. Reads: feed_stage. Writes: feed_stage.
-- Index: none (every row of the temporary table). Lock order: none.
-- Largest size: slices of 5,000 rows.
UPDATE feed_stage SET outcome = '', holder = NULL WHERE outcome = 'HELD' AND device_id IS NULL
