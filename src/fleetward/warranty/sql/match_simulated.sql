-- Purpose: stage the next devices of which a simulator has spoken, as if nobody had been asked, and
--   let nobody else change what is known of them until the transaction ends.
-- Params: tenant bigint, manufacturers text[], most integer; table warranty_touched.
-- Reads: warranty_coverage. Writes: warranty_touched (temporary). Index: warranty_coverage_vendor.
-- Lock order: coverage by device, before entitlements and evidence. Largest size: 50,000 devices.
INSERT INTO warranty_touched (device_id, kind, reason, is_simulated)
SELECT device_id, 'INVALID', 'NOT_CHECKED', false
FROM warranty_coverage
WHERE tenant_id = %(tenant)s
  AND manufacturer = ANY (%(manufacturers)s::text[])
  AND (is_answer_simulated OR is_simulated)
ORDER BY device_id
LIMIT %(most)s
FOR UPDATE
