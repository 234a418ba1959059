-- Purpose: how many devices a feed brought to each partner.
-- Params: tenant, feed bigint. Reads: devices_feedrow. Writes: none.
-- Index: devices_feedrow_kind. Lock order: none. Largest size: 1,000,000 rows.
SELECT partner_id, count(*)
FROM devices_feedrow
WHERE feed_id = %(feed)s::bigint AND tenant_id = %(tenant)s::bigint AND outcome = 'HELD'
GROUP BY partner_id
ORDER BY partner_id
