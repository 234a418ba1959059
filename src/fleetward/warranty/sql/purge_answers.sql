-- Purpose: drop what providers said of a device whose identity has changed (W17). Hand-entered lines
--   stay; so does the evidence, which says what was answered at its time (W18).
-- Params: tenant bigint; table devices_written (device_id, change).
-- Reads: warranty_entitlement. Writes: warranty_entitlement. Index: warranty_entitlement_line.
-- Lock order: as stored. Largest size: 50,000 devices.
DELETE FROM warranty_entitlement e
USING devices_written w
WHERE w.change = 'IDENTITY'
  AND e.device_id = w.device_id
  AND e.tenant_id + 0 = %(tenant)s
  AND e.source <> 'manual'
