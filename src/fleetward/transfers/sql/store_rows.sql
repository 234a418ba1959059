-- Purpose: store the staged rows with what they turned out to be; returns their numbers by outcome and
--   reason of refusal.
-- Params: tenant, transfer bigint. Reads: transfer_stage, transfer_match. Writes: transfers_row.
-- Index: none (every row of the temporary tables).
-- Lock order: none. Largest size: batches of 50,000 rows of a file of 1,000,000.
WITH stored AS (
    INSERT INTO transfers_row (
        tenant_id, transfer_id, row_no, given, serial, manufacturer, outcome, refusal, device_id
    )
    SELECT
        %(tenant)s::bigint, %(transfer)s::bigint, s.row_no, s.given, left(s.serial, 80),
        left(s.manufacturer, 80), m.outcome, CASE WHEN m.outcome = 'REFUSED' THEN s.refusal ELSE '' END,
        m.device_id
    FROM transfer_stage s
    JOIN transfer_match m ON m.row_no = s.row_no
    ORDER BY s.row_no
    RETURNING outcome, refusal
)
SELECT outcome, refusal, count(*) FROM stored GROUP BY outcome, refusal
