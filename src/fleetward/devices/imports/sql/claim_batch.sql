-- Purpose: count a batch as stored, or find that another worker was first, or that the import is to
--   stop; then the caller takes everything back. Compare and set, in the transaction of the batch's
--   rows: a killed worker's batch is as if it had never begun.
-- Params: run bigint, tenant bigint, number integer, now timestamptz.
-- Reads: devices_importrun. Writes: devices_importrun.
-- Index: devices_importrun_pkey. Lock order: the run, after its devices. Largest size: one row.
UPDATE devices_importrun
SET done_batches = done_batches || %(number)s::integer, heartbeat_at = %(now)s
WHERE id = %(run)s::bigint
  AND tenant_id = %(tenant)s::bigint
  AND state = 'RUNNING'
  AND NOT %(number)s::integer = ANY (done_batches)
