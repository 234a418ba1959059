-- Purpose: the refused rows of the batch by refusal and field: how many, and the numbers of the first.
-- Params: most integer (numbers of each). Reads: import_stage, import_match. Writes: none.
-- Index: none (every row of the temporary tables).
-- Lock order: none. Largest size: batches of 50,000 rows of a list of 1,000,000.
WITH refused AS (
    SELECT
        s.row_no,
        coalesce(nullif(s.refusal, ''), m.refusal) AS refusal,
        CASE WHEN m.refusal = 'AMBIGUOUS_SERIAL' THEN 'serial' ELSE s.field END AS field
    FROM import_stage AS s
    LEFT JOIN import_match AS m ON m.row_no = s.row_no
    WHERE s.refusal <> '' OR m.refusal <> ''
), ranked AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY refusal, field ORDER BY row_no) AS place,
        count(*) OVER (PARTITION BY refusal, field) AS found
    FROM refused
)
SELECT refusal, field, max(found), array_agg(row_no ORDER BY row_no)
FROM ranked
WHERE place <= %(most)s
GROUP BY refusal, field
