-- Purpose: find the devices that got a coverage row and have lines of cover already: restored ones,
--   and those with a hand-entered warranty.
-- Params: tenant bigint; tables devices_written, warranty_touched.
-- Reads: warranty_entitlement. Writes: warranty_touched (temporary). Index: warranty_entitlement_line.
-- Lock order: none. Largest size: 1,000,000 devices.
INSERT INTO warranty_touched (device_id, kind, reason, is_simulated)
SELECT w.device_id, '', '', false
FROM devices_written w
WHERE w.change IN ('NEW', 'IDENTITY')
  AND EXISTS (
      SELECT FROM warranty_entitlement e
      WHERE e.device_id = w.device_id AND e.tenant_id + 0 = %(tenant)s
  )
