-- Purpose: the temporary table for one slice of a bulk change, empty, in the present transaction.
--   `outcome` '' is still to be done; the other columns are what each device is.
-- Params: none. Reads: nothing. Writes: bulk_slice. Index: none (no rows are read).
-- Lock order: none. Largest size: none.
CREATE TEMPORARY TABLE IF NOT EXISTS bulk_slice (
    device_id bigint PRIMARY KEY,
    outcome text NOT NULL DEFAULT '',
    refusal text NOT NULL DEFAULT '',
    manufacturer text NOT NULL,
    serial text NOT NULL,
    name text NOT NULL,
    model text NOT NULL
) ON COMMIT DELETE ROWS;
DELETE FROM bulk_slice;
