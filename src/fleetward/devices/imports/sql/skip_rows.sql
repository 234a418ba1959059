-- Purpose: close the rows of a batch whose turn never came: the import was cancelled or failed.
-- Params: tenant bigint, run bigint. Reads: import_stage. Writes: devices_importrow.
-- Index: none (every row of the temporary table).
-- Lock order: none. Largest size: batches of 50,000 rows of a list of 1,000,000.
WITH closed AS (
    INSERT INTO devices_importrow (tenant_id, run_id, row_no, outcome, refusal, field)
    SELECT
        %(tenant)s::bigint,
        %(run)s::bigint,
        row_no,
        CASE WHEN refusal = '' THEN 'SKIPPED' ELSE 'REFUSED' END,
        refusal,
        field
    FROM import_stage
    RETURNING outcome
)
SELECT outcome, count(*) FROM closed GROUP BY outcome
