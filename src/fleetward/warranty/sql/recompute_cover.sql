-- Purpose: take lines of some kinds of the staged devices for hardware cover or not (W9).
-- Params: tenant bigint; kinds jsonb (see match_cover); table warranty_touched.
-- Reads: warranty_entitlement. Writes: warranty_entitlement. Index: warranty_entitlement_line.
-- Lock order: as stored, after their coverage (lock_coverage). Largest size: 50,000 devices.
UPDATE warranty_entitlement e
SET is_cover = k.is_cover
FROM jsonb_to_recordset(%(kinds)s::jsonb) AS k (
    source text, code text, name text, is_cover boolean
)
WHERE e.device_id = ANY (ARRAY(SELECT device_id FROM warranty_touched))
  AND e.tenant_id + 0 = %(tenant)s
  AND k.source = e.source
  AND k.code = e.code
  AND k.name = e.name
  AND k.is_cover <> e.is_cover
