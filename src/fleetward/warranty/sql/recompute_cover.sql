-- Purpose: take lines of one kind of the staged devices for hardware cover or not (W9).
-- Params: tenant bigint, source text, code text, name text, is_cover boolean;
--   table warranty_touched.
-- Reads: warranty_entitlement. Writes: warranty_entitlement. Index: warranty_entitlement_line.
-- Lock order: as stored, after their coverage (lock_coverage). Largest size: 1,000,000 devices.
UPDATE warranty_entitlement
SET is_cover = %(is_cover)s
WHERE device_id = ANY (ARRAY(SELECT device_id FROM warranty_touched))
  AND tenant_id + 0 = %(tenant)s
  AND source = %(source)s
  AND code = %(code)s
  AND name = %(name)s
  AND is_cover <> %(is_cover)s
