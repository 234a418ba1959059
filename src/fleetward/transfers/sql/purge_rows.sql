-- Purpose: forget the rows of one transfer, a part at a time; returns how many.
-- Params: transfer bigint; most integer.
-- Reads: transfers_row. Writes: transfers_row. Lock order: none.
-- Index: transfers_row_pkey. Largest size: 50,000 of 1,000,000 rows.
DELETE FROM transfers_row r
WHERE r.transfer_id = %(transfer)s::bigint
  AND r.row_no IN (
      SELECT o.row_no FROM transfers_row o
      WHERE o.transfer_id = %(transfer)s::bigint
      ORDER BY o.row_no
      LIMIT %(most)s
  )
