-- Purpose: forget what was set aside once the move cannot be taken back any more, a part at a time;
--   returns how many.
-- Params: before timestamptz; most integer.
-- Reads: warranty_setaside. Writes: warranty_setaside. Index: none (it is read once a day).
-- Lock order: none: nobody writes what is that old. Largest size: 50,000 of 1,000,000 rows.
DELETE FROM warranty_setaside
WHERE ctid = ANY (
    ARRAY(SELECT ctid FROM warranty_setaside WHERE moved_at < %(before)s LIMIT %(most)s)
)
