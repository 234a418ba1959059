-- Purpose: stage the devices with lines of one kind that are taken for hardware cover, or not, against
--   the present list (W9).
-- Params: tenant bigint, source text, code text, name text, is_cover boolean (what they should be);
--   table warranty_touched.
-- Reads: warranty_entitlement. Writes: warranty_touched (temporary).
-- Index: none (a full pass, in a job, after an edit). Lock order: none.
-- Largest size: 3,000,000 lines.
INSERT INTO warranty_touched (device_id, kind, reason, is_simulated)
SELECT DISTINCT e.device_id, '', '', false
FROM warranty_entitlement e
WHERE e.tenant_id = %(tenant)s
  AND e.source = %(source)s
  AND e.code = %(code)s
  AND e.name = %(name)s
  AND e.is_cover <> %(is_cover)s
  AND NOT EXISTS (SELECT FROM warranty_touched t WHERE t.device_id = e.device_id)
