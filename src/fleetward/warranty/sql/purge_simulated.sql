-- Purpose: drop the lines of cover that a simulator gave for the staged devices (W20).
-- Params: tenant bigint, source text; table warranty_touched.
-- Reads: warranty_entitlement. Writes: warranty_entitlement. Index: warranty_entitlement_line.
-- Lock order: as stored. Largest size: 50,000 devices.
DELETE FROM warranty_entitlement e
USING warranty_touched t
WHERE e.device_id = t.device_id
  AND e.tenant_id + 0 = %(tenant)s
  AND e.source = %(source)s
  AND e.is_simulated
