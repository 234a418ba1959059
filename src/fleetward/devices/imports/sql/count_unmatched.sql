-- Purpose: rows of the batch that have neither a device nor a refusal: they lost a race.
-- Params: none. Reads: import_stage, import_match. Writes: none.
-- Index: none (every row of the temporary tables).
-- Lock order: none. Largest size: batches of 50,000 rows of a list of 1,000,000.
SELECT
    (SELECT count(*) FROM import_stage WHERE refusal = '') - (SELECT count(*) FROM import_match)
