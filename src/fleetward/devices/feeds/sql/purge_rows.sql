-- Purpose: forget the rows of one feed, a part at a time; returns how many.
-- Params: feed bigint; most integer.
-- Reads: devices_feedrow. Writes: devices_feedrow. Lock order: none.
-- Index: devices_feedrow_pkey. Largest size: 50,000 of 1,000,000 rows.
DELETE FROM devices_feedrow r
WHERE r.feed_id = %(feed)s::bigint
  AND r.row_no IN (
      SELECT o.row_no FROM devices_feedrow o
      WHERE o.feed_id = %(feed)s::bigint
      ORDER BY o.row_no
      LIMIT %(most)s
  )
