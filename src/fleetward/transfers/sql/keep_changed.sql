-- Purpose: of the rows of an undo, close those whose devices would not come back; returns how many.
-- Params: tenant, transfer, above, up_to bigint; back bigint[] (devices that would).
-- Reads: transfers_row. Writes: transfers_row. Index: transfers_row_pkey.
-- Lock order: rows of one transfer. Largest size: 5,000 of 1,000,000 rows.
UPDATE transfers_row r
SET outcome = 'CHANGED_SINCE'
WHERE r.transfer_id = %(transfer)s::bigint
  AND r.tenant_id = %(tenant)s::bigint
  AND r.row_no > %(above)s::bigint
  AND r.row_no <= %(up_to)s::bigint
  AND r.outcome = 'FOUND'
  AND NOT r.device_id = ANY (%(back)s::bigint[])
