-- Purpose: a page of the rows of a transfer, in the order of the file.
-- Params: tenant, transfer, after bigint; most integer; outcomes text[] (empty: any).
-- Reads: transfers_row. Writes: none. Lock order: none.
-- Index: transfers_row_pkey. Largest size: 5,000 of 1,000,000 rows.
SELECT r.row_no, coalesce(nullif(r.given, ''), r.serial), r.manufacturer, r.outcome, r.refusal
FROM transfers_row r
WHERE r.transfer_id = %(transfer)s::bigint
  AND r.tenant_id = %(tenant)s::bigint
  AND r.row_no > %(after)s::bigint
  AND (cardinality(%(outcomes)s::text[]) = 0 OR r.outcome = ANY (%(outcomes)s::text[]))
ORDER BY r.row_no
LIMIT %(most)s
