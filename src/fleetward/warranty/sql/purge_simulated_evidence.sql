-- Purpose: drop what a simulator said of the staged devices (W20).
-- Params: tenant bigint, source text; table warranty_touched.
-- Reads: warranty_evidence. Writes: warranty_evidence. Index: warranty_evidence_once.
-- Lock order: as stored. Largest size: 50,000 devices.
DELETE FROM warranty_evidence e
USING warranty_touched t
WHERE e.device_id = t.device_id
  AND e.tenant_id + 0 = %(tenant)s
  AND e.source = %(source)s
  AND e.is_simulated
