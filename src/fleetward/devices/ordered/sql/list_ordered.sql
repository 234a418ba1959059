-- Purpose: a page of what a partner ordered, latest first, and where it is. What is in no holding tenant
--   any more has been transferred: where to is not looked at.
-- Params: tenant, holding, below bigint; states text[] (empty: any); search text ('' for any; a pattern
--   of LIKE); most integer.
-- Reads: devices_ordered, devices_device. Writes: nothing. Lock order: none.
-- Index: devices_ordered_list, devices_device_pkey. Largest size: 1,000 of 1,000,000 rows.
SELECT
    o.id, o.serial, o.manufacturer, o.product_number, o.order_number, o.location, o.ordered_on,
    o.first_seen_at, s.state, o.told_by
FROM devices_ordered o
LEFT JOIN devices_device d ON d.id = o.device_id AND d.tenant_id = %(holding)s::bigint
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN o.device_id IS NULL THEN 'MISSING'
        WHEN d.id IS NULL THEN 'TRANSFERRED'
        WHEN d.is_active THEN 'SEEN'
        ELSE 'DELETED'
    END AS state
) s
WHERE o.tenant_id = %(tenant)s::bigint
  AND o.id < %(below)s::bigint
  AND (%(search)s::text = '' OR o.serial LIKE %(search)s OR upper(o.order_number) LIKE %(search)s)
  AND (cardinality(%(states)s::text[]) = 0 OR s.state = ANY (%(states)s::text[]))
ORDER BY o.id DESC
LIMIT %(most)s
