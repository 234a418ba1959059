-- Purpose: make the empty temporary tables of one batch: its rows, and what each turned out to be.
-- Params: none. Reads: none. Writes: import_stage, import_match (temporary).
-- Index: none (no rows are read).
-- Lock order: none. Largest size: batches of 50,000 rows of a list of 1,000,000.
CREATE TEMPORARY TABLE IF NOT EXISTS import_stage (
    row_no integer NOT NULL,
    manufacturer text COLLATE "C" NOT NULL,
    serial text COLLATE "C" NOT NULL,
    product_number text COLLATE "C" NOT NULL,
    name text NOT NULL,
    model text NOT NULL,
    assigned_user text NOT NULL,
    asset_tag text NOT NULL,
    location text NOT NULL,
    country text NOT NULL,
    purchased_on date,
    is_virtual boolean,
    other_maker text COLLATE "C" NOT NULL,
    may_fill boolean NOT NULL,
    refusal text NOT NULL,
    field text NOT NULL
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS import_match (
    row_no integer NOT NULL,
    device_id bigint,
    round smallint NOT NULL,
    outcome text NOT NULL,
    refusal text NOT NULL
) ON COMMIT DELETE ROWS;
TRUNCATE import_stage, import_match;
