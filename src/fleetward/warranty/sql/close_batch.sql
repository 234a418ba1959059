-- Purpose: write what became of a claimed batch, if the lease is still ours (compare and set).
-- Params: id bigint, lease timestamptz, state text, outcomes text[] (beside the batch's devices),
--   tally jsonb, is_asked boolean, is_simulated boolean, resume text, attempts integer,
--   asked_at timestamptz or null, looks integer, wait double precision (seconds until it is due).
-- Reads: warranty_batch. Writes: warranty_batch. Index: warranty_batch_pkey. Lock order: by id.
-- Largest size: one row.
UPDATE warranty_batch
SET state = %(state)s,
    outcomes = %(outcomes)s::text[],
    tally = %(tally)s::jsonb,
    is_asked = is_asked OR %(is_asked)s,
    is_simulated = is_simulated OR %(is_simulated)s,
    resume = %(resume)s,
    asked_at = CASE WHEN %(resume)s <> '' THEN %(asked_at)s::timestamptz END,
    attempts = %(attempts)s,
    looks = %(looks)s,
    due_at = clock_timestamp() + make_interval(secs => %(wait)s),
    finished_at = CASE WHEN %(state)s = 'DONE' THEN clock_timestamp() END
WHERE id = %(id)s AND state = 'CLAIMED' AND due_at = %(lease)s
RETURNING id
