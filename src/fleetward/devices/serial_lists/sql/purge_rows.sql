-- Purpose: forget the rows of one serial list that is over, a part at a time; returns how many.
-- Params: list bigint; most integer.
-- Reads: devices_serialrow. Writes: devices_serialrow. Lock order: none.
-- Index: devices_serialrow_pkey. Largest size: 50,000 of 1,000,000 rows.
DELETE FROM devices_serialrow r
WHERE r.list_id = %(list)s::bigint
  AND r.row_no IN (
      SELECT o.row_no FROM devices_serialrow o
      WHERE o.list_id = %(list)s::bigint
      ORDER BY o.row_no
      LIMIT %(most)s
  )
