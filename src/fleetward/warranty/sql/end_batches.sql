-- Purpose: end open batches of a run without asking, their open devices all with one outcome; the
--   caller repeats until none is left. Leases of live workers end too: what they bring is refused.
--   Tells of each whether it was asked about before.
-- Params: run bigint, provider text or null (all), state text (DONE or CANCELLED), outcome text,
--   most integer.
-- Reads: warranty_batch. Writes: warranty_batch. Index: warranty_batch_due. Lock order: by id.
-- Largest size: 500 batches of 100 devices.
WITH ending AS (
    SELECT id FROM warranty_batch
    WHERE run_id = %(run)s
      AND (%(provider)s::text IS NULL OR provider = %(provider)s)
      AND state IN ('OPEN', 'CLAIMED')
    ORDER BY id
    LIMIT %(most)s
    FOR UPDATE
)
UPDATE warranty_batch b
SET state = %(state)s,
    outcomes = array_replace(b.outcomes, '', %(outcome)s),
    tally = (
        SELECT jsonb_object_agg(word, devices)
        FROM (
            SELECT coalesce(nullif(o, ''), %(outcome)s) AS word, count(*) AS devices
            FROM unnest(b.outcomes) o GROUP BY 1
        ) counted
    ),
    finished_at = clock_timestamp()
FROM ending
WHERE b.id = ending.id
RETURNING b.id, b.device_ids, b.outcomes, b.is_asked
