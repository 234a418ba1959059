-- Purpose: the devices of the next rows that a transfer would move, and the last row that was looked at.
-- Params: tenant, transfer, after bigint; most integer. Reads: transfers_row. Writes: none.
-- Index: transfers_row_pkey. Lock order: none. Largest size: 5,000 of 1,000,000 rows.
WITH slice AS MATERIALIZED (
    SELECT r.row_no, r.outcome, r.device_id
    FROM transfers_row r
    WHERE r.transfer_id = %(transfer)s::bigint
      AND r.tenant_id = %(tenant)s::bigint
      AND r.row_no > %(after)s::bigint
    ORDER BY r.row_no
    LIMIT %(most)s
)
SELECT
    max(row_no), coalesce(array_agg(device_id ORDER BY device_id) FILTER (WHERE outcome = 'FOUND'), '{}')
FROM slice
