-- Purpose: a page of the rows of a serial list, in the order of the file, each with how its device
--   ended in the bulk changes that deleted the list: deleted, where one of them did.
-- Params: tenant, list, after bigint; most integer; outcomes text[] (empty: any); runs bigint[].
-- Reads: devices_serialrow, devices_bulkitem. Writes: nothing. Lock order: none.
-- Index: devices_serialrow_pkey, devices_bulkitem_pkey. Largest size: 5,000 of 1,000,000 rows.
SELECT
    r.row_no, r.serial, r.manufacturer, r.product_number, r.outcome, r.refusal,
    coalesce(b.outcome, '')
FROM devices_serialrow r
LEFT JOIN LATERAL (
    SELECT i.outcome
    FROM devices_bulkitem i
    WHERE i.run_id = ANY (%(runs)s::bigint[])
      AND i.device_id = r.device_id
      AND i.tenant_id = %(tenant)s::bigint
    ORDER BY i.outcome = 'DONE' DESC, i.run_id DESC
    LIMIT 1
) b ON true
WHERE r.list_id = %(list)s::bigint
  AND r.tenant_id = %(tenant)s::bigint
  AND r.row_no > %(after)s::bigint
  AND (cardinality(%(outcomes)s::text[]) = 0 OR r.outcome = ANY (%(outcomes)s::text[]))
ORDER BY r.row_no
LIMIT %(most)s
