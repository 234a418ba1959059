-- Purpose: a page of the rows of a feed with their outcomes, in the order of the file, for the operator.
-- Params: tenant, feed, after bigint; most integer; outcomes text[] (empty: any).
-- Reads: devices_feedrow, tenancy_tenant. Writes: nothing. Lock order: none.
-- Index: devices_feedrow_pkey. Largest size: 5,000 of 1,000,000 rows.
SELECT
    r.row_no, r.location, r.serial, r.manufacturer, r.product_number, r.model, r.order_number,
    r.outcome, r.refusal, coalesce(p.name, ''), coalesce(h.name, '')
FROM devices_feedrow r
LEFT JOIN tenancy_tenant p ON p.id = r.partner_id
LEFT JOIN tenancy_tenant h ON h.id = r.holder_id
WHERE r.feed_id = %(feed)s::bigint
  AND r.tenant_id = %(tenant)s::bigint
  AND r.row_no > %(after)s::bigint
  AND (cardinality(%(outcomes)s::text[]) = 0 OR r.outcome = ANY (%(outcomes)s::text[]))
ORDER BY r.row_no
LIMIT %(most)s
