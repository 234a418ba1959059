-- Purpose: take the next batches of a run at a provider: those that are due, or whose lease has run
--   out because their worker died. The new `due_at` is the lease, and the proof of it when closing;
--   the mark, read before the devices are, tells when closing whether one is another machine. With
--   what the same connection has answered a worker that died before storing it, and when it was
--   asked, or the vendor's job submitted.
-- Params: run bigint, provider text, seconds double precision, most integer, revision integer.
-- Reads: warranty_run, warranty_batch, warranty_identitymark, warranty_keptpage.
-- Writes: warranty_batch.
-- Index: warranty_batch_due.
-- Lock order: by `due_at`, skipping locked ones. Largest size: 4 rows of 10,000.
UPDATE warranty_batch
SET state = 'CLAIMED',
    due_at = clock_timestamp() + make_interval(secs => %(seconds)s),
    -- The death of a worker is trouble like any other: it may be the batch that kills.
    attempts = attempts + CASE state WHEN 'CLAIMED' THEN 1 ELSE 0 END
WHERE id = ANY (ARRAY(
    SELECT b.id
    FROM warranty_batch b
    JOIN warranty_run r ON r.id = b.run_id
    WHERE b.run_id = %(run)s
      AND b.provider = %(provider)s
      AND b.state IN ('OPEN', 'CLAIMED')
      AND b.due_at <= clock_timestamp()
      AND r.state = 'RUNNING'
    ORDER BY b.due_at, b.id
    LIMIT %(most)s
    FOR UPDATE OF b SKIP LOCKED
))
RETURNING
    id, due_at, device_ids, outcomes, resume, attempts, looks,
    (SELECT m.changes FROM warranty_identitymark m WHERE m.tenant_id = warranty_batch.tenant_id),
    (
        SELECT p.body FROM warranty_keptpage p
        WHERE p.batch_id = warranty_batch.id AND p.revision = %(revision)s
    ),
    coalesce(
        asked_at,
        (
            SELECT p.asked_at FROM warranty_keptpage p
            WHERE p.batch_id = warranty_batch.id AND p.revision = %(revision)s
        )
    )
