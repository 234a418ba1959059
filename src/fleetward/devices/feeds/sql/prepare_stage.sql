-- Purpose: make the empty temporary table of one slice of a resale feed.
-- Params: none. Reads: none. Writes: feed_stage (temporary).
-- Index: none (no rows are read).
-- Lock order: none. Largest size: slices of 5,000 rows of a file of 1,000,000.
CREATE TEMPORARY TABLE IF NOT EXISTS feed_stage (
    row_no integer NOT NULL,
    location text NOT NULL,
    serial text COLLATE "C" NOT NULL,
    manufacturer text COLLATE "C" NOT NULL,
    other_maker text COLLATE "C" NOT NULL,
    product_number text COLLATE "C" NOT NULL,
    model text NOT NULL,
    order_number text NOT NULL,
    ordered_on date,
    shipped_on date,
    refusal text NOT NULL,
    partner bigint,
    holding bigint,
    outcome text NOT NULL DEFAULT '',
    device_id bigint,
    holder bigint,
    is_new boolean NOT NULL DEFAULT false
) ON COMMIT DELETE ROWS;
TRUNCATE feed_stage;
