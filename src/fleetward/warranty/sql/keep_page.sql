-- Purpose: keep the page that answers a claimed batch until it is stored, if the lease is still ours.
-- Params: batch bigint, lease timestamptz, revision integer, body bytea,
--   asked_at timestamptz.
-- Reads: warranty_batch. Writes: warranty_keptpage. Index: warranty_batch_pkey.
-- Lock order: none. Largest size: one row of 200 kB.
INSERT INTO warranty_keptpage (batch_id, tenant_id, run_id, revision, asked_at, body)
SELECT b.id, b.tenant_id, b.run_id, %(revision)s, %(asked_at)s, %(body)s
FROM warranty_batch b
WHERE b.id = %(batch)s AND b.state = 'CLAIMED' AND b.due_at = %(lease)s
ON CONFLICT (batch_id) DO UPDATE
SET revision = excluded.revision, asked_at = excluded.asked_at, body = excluded.body
