-- Purpose: forget what tenants listed of machines that came to them (T14) once the move cannot be taken back any more, a part at a time;
--   returns how many.
-- Params: before timestamptz; most integer.
-- Reads: devices_mergedlisting. Writes: devices_mergedlisting. Index: none (it is read once a day).
-- Lock order: none: nobody writes what is that old. Largest size: 50,000 of 1,000,000 rows.
DELETE FROM devices_mergedlisting
WHERE ctid = ANY (
    ARRAY(SELECT ctid FROM devices_mergedlisting WHERE moved_at < %(before)s LIMIT %(most)s)
)
