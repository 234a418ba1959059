-- Purpose: store the outcome of every row of the batch; returns their numbers by outcome.
-- Params: tenant bigint, run bigint. Reads: import_stage, import_match. Writes: devices_importrow.
-- Index: none (every row of the temporary tables).
-- Lock order: none. Largest size: batches of 50,000 rows of a list of 1,000,000.
WITH closed AS (
    INSERT INTO devices_importrow (tenant_id, run_id, row_no, outcome, device_id, refusal, field)
    SELECT
        %(tenant)s::bigint,
        %(run)s::bigint,
        s.row_no,
        CASE
            WHEN s.refusal <> '' THEN 'REFUSED'
            WHEN m.outcome = 'RESTORED' THEN 'NEW'
            ELSE m.outcome
        END,
        m.device_id,
        coalesce(nullif(s.refusal, ''), m.refusal),
        CASE WHEN m.refusal = 'AMBIGUOUS_SERIAL' THEN 'serial' ELSE s.field END
    FROM import_stage AS s
    LEFT JOIN import_match AS m ON m.row_no = s.row_no
    ORDER BY s.row_no
    RETURNING outcome
)
SELECT outcome, count(*) FROM closed GROUP BY outcome
