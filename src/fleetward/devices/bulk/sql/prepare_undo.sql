-- Purpose: the temporary table for what the undo of an import is to do to each device of bulk_slice,
--   empty, in the present transaction. `fields` is what the import wrote, before and after; `since`
--   what is another value by now than the import left, before and after.
-- Params: none. Reads: nothing. Writes: undo_slice. Index: none (no rows are read).
-- Lock order: none. Largest size: none.
CREATE TEMPORARY TABLE IF NOT EXISTS undo_slice (
    device_id bigint PRIMARY KEY,
    verdict text NOT NULL,
    refusal text NOT NULL,
    fields jsonb NOT NULL,
    since jsonb NOT NULL
) ON COMMIT DELETE ROWS;
DELETE FROM undo_slice;
