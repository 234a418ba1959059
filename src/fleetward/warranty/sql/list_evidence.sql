-- Purpose: a page of what sources said of one device, the latest first, with the places (W18).
-- Params: tenants, locations bigint[]; capability text; tenant bigint; uid uuid; place bigint[];
--   most integer.
-- Reads: devices_device, warranty_evidence. Writes: nothing. Lock order: none.
-- Index: warranty_evidence_once. Largest size: one device.
SELECT p.place, e.source, e.digest, e.body, e.is_simulated, e.fetched_at, e.seen_at
FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
JOIN warranty_evidence e ON e.device_id = d.id
CROSS JOIN LATERAL (
  SELECT ARRAY[(extract(epoch FROM e.seen_at) * 1000000)::bigint, e.id] AS place
) p
WHERE d.tenant_id = %(tenant)s::bigint
  AND d.uid = %(uid)s::uuid
  AND e.tenant_id = %(tenant)s::bigint
  AND (%(place)s::bigint[] IS NULL OR p.place < %(place)s::bigint[])
ORDER BY p.place DESC
LIMIT %(most)s
