-- Purpose: how the active devices of some manufacturers do: their latest problem ('' for none), and of
--   which age the answer is that is known of them. One pass, so that all figures agree.
-- Params: tenants bigint[] (the scope); tenant bigint; manufacturers text[]; week, month, quarter
--   timestamptz (the beginning of the first day whose answers are of that age).
-- Reads: warranty_coverage. Writes: nothing. Lock order: none.
-- Index: warranty_coverage_vendor (of a tenant's whole coverage, read whole where it has most of the rows).
-- Largest size: 240,000 devices in one tenant of 480,000 (0.2 s).
SELECT
    c.manufacturer,
    c.latest_error,
    CASE
        WHEN c.checked_at IS NULL THEN 'NEVER'
        WHEN c.checked_at >= %(week)s THEN 'WEEK'
        WHEN c.checked_at >= %(month)s THEN 'MONTH'
        WHEN c.checked_at >= %(quarter)s THEN 'QUARTER'
        ELSE 'OLDER'
    END AS age,
    count(*)
FROM warranty_coverage c
WHERE c.tenant_id = ANY (%(tenants)s::bigint[])
  AND c.tenant_id = %(tenant)s::bigint
  AND c.manufacturer = ANY (%(manufacturers)s::text[])
  AND true /* or in some groups */
GROUP BY 1, 2, 3
