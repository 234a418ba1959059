-- Purpose: the refused rows of a whole import by refusal and field: how many, and the numbers of the
--   first. Once for each import, when it ends; pages read what is kept of it.
-- Params: run bigint, tenant bigint, most integer (numbers of each).
-- Reads: devices_importrow. Writes: none.
-- Index: devices_importrow_pkey. Lock order: none. Largest size: 1,000,000 rows.
WITH ranked AS (
    SELECT
        refusal,
        field,
        row_no,
        row_number() OVER (PARTITION BY refusal, field ORDER BY row_no) AS place,
        count(*) OVER (PARTITION BY refusal, field) AS found
    FROM devices_importrow
    WHERE run_id = %(run)s::bigint AND tenant_id = %(tenant)s::bigint AND outcome = 'REFUSED'
)
SELECT refusal, field, max(found), array_agg(row_no ORDER BY row_no)
FROM ranked
WHERE place <= %(most)s
GROUP BY refusal, field
