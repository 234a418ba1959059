-- Purpose: a batch of its own for devices of another one: the rest of an answer, or one half.
-- Params: tenant bigint, run bigint, provider text, device_ids bigint[], attempts integer.
-- Reads: nothing. Writes: warranty_batch. Index: none. Lock order: none. Largest size: one row.
INSERT INTO warranty_batch (
    tenant_id, run_id, provider, state, device_ids, outcomes, tally, attempts, due_at
)
VALUES (
    %(tenant)s, %(run)s, %(provider)s, 'OPEN', %(device_ids)s::bigint[],
    array_fill(''::text, ARRAY[cardinality(%(device_ids)s::bigint[])]), '{}', %(attempts)s,
    clock_timestamp()
)
