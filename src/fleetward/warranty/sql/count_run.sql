-- Purpose: how far a run is, by provider, state of the batch, outcome ('' is still open), and whether a
--   simulator answered (W20).
-- Params: run bigint.
-- Reads: warranty_batch. Writes: nothing. Index: warranty_batch_run. Lock order: none.
-- Largest size: 10,000 batches.
SELECT provider, state, outcome, is_simulated, sum(devices)::bigint
FROM (
    SELECT
        b.provider, b.state, t.key AS outcome,
        b.is_simulated AND t.key NOT IN ('CANCELLED', 'DELETED') AS is_simulated,
        t.value::bigint AS devices
    FROM warranty_batch b, jsonb_each_text(b.tally) t
    WHERE b.run_id = %(run)s
    UNION ALL
    SELECT b.provider, b.state, '', false,
        cardinality(b.device_ids) - coalesce(
            (SELECT sum(t.value::bigint) FROM jsonb_each_text(b.tally) t), 0
        )
    FROM warranty_batch b
    WHERE b.run_id = %(run)s AND b.state IN ('OPEN', 'CLAIMED')
) counted
GROUP BY 1, 2, 3, 4
