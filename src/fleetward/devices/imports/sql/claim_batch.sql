-- Purpose: take the next batch of a running import, or find that somebody else did, or that it is to
--   stop. Compare and set: the counter is believed to be `number` and becomes one more, in the same
--   transaction as the rows of the batch. A killed worker's batch is as if it had never begun.
-- Params: run bigint, tenant bigint, number integer, now timestamptz.
-- Reads: devices_importrun. Writes: devices_importrun.
-- Lock order: the run, before any device. Largest size: one row.
UPDATE devices_importrun
SET done_batches = done_batches + 1, heartbeat_at = %(now)s
WHERE id = %(run)s::bigint
  AND tenant_id = %(tenant)s::bigint
  AND state = 'RUNNING'
  AND done_batches = %(number)s
