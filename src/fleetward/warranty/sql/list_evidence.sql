-- Purpose: what sources said of one device, the latest first (W18).
-- Params: tenants, locations bigint[]; capability text; tenant bigint; uid uuid; most integer.
-- Reads: devices_device, warranty_evidence. Writes: nothing. Lock order: none.
-- Index: warranty_evidence_once. Largest size: one device.
SELECT e.source, e.digest, e.body, e.is_simulated, e.fetched_at, e.seen_at
FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
JOIN warranty_evidence e ON e.device_id = d.id
WHERE d.tenant_id = %(tenant)s::bigint
  AND d.uid = %(uid)s::uuid
  AND e.tenant_id = %(tenant)s::bigint
ORDER BY e.seen_at DESC, e.id DESC
LIMIT %(most)s
