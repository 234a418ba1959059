-- Purpose: what importing the batch would do: numbers by outcome. Nothing is inserted by a preview, so
--   that a row without a match is a new one.
-- Params: none. Reads: import_stage, import_match. Writes: none.
-- Index: none (every row of the temporary tables).
-- Lock order: none. Largest size: batches of 50,000 rows of a list of 1,000,000.
SELECT
    CASE
        WHEN s.refusal <> '' THEN 'REFUSED'
        WHEN m.outcome IS NULL OR m.outcome = 'RESTORED' THEN 'NEW'
        ELSE m.outcome
    END AS outcome,
    count(*)
FROM import_stage AS s
LEFT JOIN import_match AS m ON m.row_no = s.row_no
GROUP BY 1
