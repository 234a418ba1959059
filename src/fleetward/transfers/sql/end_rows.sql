-- Purpose: close the rows whose turn never came; returns how many.
-- Params: tenant, transfer bigint; outcome text.
-- Reads: transfers_row. Writes: transfers_row. Index: transfers_row_pkey.
-- Lock order: rows of one transfer, whose slices have ended. Largest size: 50,000 of 1,000,000 rows.
UPDATE transfers_row r
SET outcome = %(outcome)s::text
WHERE r.transfer_id = %(transfer)s::bigint
  AND r.tenant_id = %(tenant)s::bigint
  AND r.outcome = 'FOUND'
