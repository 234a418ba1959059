-- Purpose: forget what was told by a simulator's answers of the staged devices (W20), so that the end
--   that their vendor tells is told too.
-- Params: tenant bigint; table warranty_touched.
-- Reads: warranty_reminder. Writes: warranty_reminder. Index: warranty_reminder_once.
-- Lock order: as stored, after their coverage. Largest size: 50,000 devices.
DELETE FROM warranty_reminder
WHERE device_id = ANY (ARRAY(SELECT device_id FROM warranty_touched))
  AND tenant_id + 0 = %(tenant)s
  AND is_simulated
