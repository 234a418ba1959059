-- Purpose: drop kept pages whose answers are stored in the same transaction.
-- Params: batches bigint[].
-- Reads: nothing. Writes: warranty_keptpage. Index: warranty_keptpage_pkey.
-- Lock order: none: only the holder of a batch's lease has its page. Largest size: 40 rows of 200 kB.
DELETE FROM warranty_keptpage WHERE batch_id = ANY (%(batches)s::bigint[])
