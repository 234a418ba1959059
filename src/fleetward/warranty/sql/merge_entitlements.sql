-- Purpose: make the entitlements stored of one source equal to what it said of the devices that it
--   found. A line is known by its digest, so that unchanged lines are not written at all.
-- Params: tenant bigint, source text, now timestamptz; tables warranty_touched (see
--   recompute_coverage) and warranty_line (device_id, line_key and the columns of an entitlement).
-- Reads: warranty_entitlement. Writes: warranty_entitlement. Index: warranty_entitlement_line.
-- Lock order: as stored, after lock_coverage. Largest size: 50,000 devices, 150,000 lines.
WITH gone AS (
    DELETE FROM warranty_entitlement e
    WHERE e.device_id = ANY (
          ARRAY(SELECT device_id FROM warranty_touched WHERE kind = 'FOUND')
      )
      AND e.source = %(source)s
      AND e.tenant_id + 0 = %(tenant)s
      AND NOT EXISTS (
          SELECT FROM warranty_line l
          WHERE l.device_id = e.device_id AND l.line_key = e.line_key
      )
)
INSERT INTO warranty_entitlement (
    tenant_id, device_id, source, line_key, code, name, kind, service_level, number, starts_on,
    ends_on, is_rolling, is_cancelled, is_cover, is_simulated, recorded_at
)
SELECT
    %(tenant)s, device_id, %(source)s, line_key, code, name, kind, service_level, number, starts_on,
    ends_on, is_rolling, is_cancelled, is_cover, is_simulated, %(now)s
FROM warranty_line
ON CONFLICT (device_id, source, line_key) DO NOTHING
