-- Purpose: take lines of one kind for hardware cover or not, and stage the devices that have one.
-- Params: tenant bigint, source text, code text, name text, is_cover boolean;
--   table warranty_touched.
-- Reads: warranty_entitlement. Writes: warranty_entitlement, warranty_touched (temporary).
-- Index: none (a full pass, in a job, after an edit). Lock order: as stored.
-- Largest size: 3,000,000 lines.
WITH changed AS (
    UPDATE warranty_entitlement
    SET is_cover = %(is_cover)s
    WHERE tenant_id = %(tenant)s
      AND source = %(source)s
      AND code = %(code)s
      AND name = %(name)s
      AND is_cover <> %(is_cover)s
    RETURNING device_id
)
INSERT INTO warranty_touched (device_id, kind, reason, is_simulated)
SELECT DISTINCT c.device_id, '', '', false
FROM changed c
WHERE NOT EXISTS (SELECT FROM warranty_touched t WHERE t.device_id = c.device_id)
