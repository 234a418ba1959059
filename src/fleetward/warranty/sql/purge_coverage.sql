-- Purpose: forget the coverage of devices that are gone, and of those that are another machine now
--   (W17). The lines of the former stay, for when one comes back.
-- Params: tenant bigint; table devices_written (device_id, change).
-- Reads: warranty_coverage. Writes: warranty_coverage (and warranty_tally by trigger).
-- Index: warranty_coverage_pkey. Lock order: as stored. Largest size: 50,000 devices.
DELETE FROM warranty_coverage c
USING devices_written w
WHERE w.change IN ('GONE', 'IDENTITY') AND c.device_id = w.device_id AND c.tenant_id + 0 = %(tenant)s
