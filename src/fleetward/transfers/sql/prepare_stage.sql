-- Purpose: make the empty temporary tables of one batch: its rows, and what each turned out to be.
-- Params: none. Reads: none. Writes: transfer_stage, transfer_match (temporary).
-- Index: none (no rows are read).
-- Lock order: none. Largest size: batches of 50,000 rows of a file of 1,000,000.
CREATE TEMPORARY TABLE IF NOT EXISTS transfer_stage (
    row_no integer NOT NULL,
    given text NOT NULL,
    serial text COLLATE "C" NOT NULL,
    manufacturer text COLLATE "C" NOT NULL,
    other_maker text COLLATE "C" NOT NULL,
    refusal text NOT NULL,
    customer text NOT NULL
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS transfer_match (
    row_no integer NOT NULL,
    outcome text NOT NULL,
    device_id bigint
) ON COMMIT DELETE ROWS;
TRUNCATE transfer_stage, transfer_match;
