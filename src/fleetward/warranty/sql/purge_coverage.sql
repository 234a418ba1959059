-- Purpose: forget the coverage of devices that are gone, and of those that are another machine now
--   (W17). The lines of the former stay, for when one comes back. Coverage that follow_question changes
--   after this is held here already, so that all of it is held in one order.
-- Params: tenant bigint; table devices_written (device_id, change).
-- Reads: warranty_coverage. Writes: warranty_coverage (and warranty_tally by trigger).
-- Index: warranty_coverage_pkey. Lock order: coverage by device, as whoever stores answers.
--   Largest size: 50,000 devices.
WITH held AS MATERIALIZED (
    SELECT c.device_id, w.change
    FROM devices_written w
    JOIN warranty_coverage c ON c.device_id = w.device_id AND c.tenant_id + 0 = %(tenant)s
    WHERE w.change IN ('GONE', 'IDENTITY', 'QUESTION')
    ORDER BY c.device_id
    FOR UPDATE OF c
)
DELETE FROM warranty_coverage c
USING held h
WHERE c.device_id = h.device_id AND c.tenant_id + 0 = %(tenant)s AND h.change <> 'QUESTION'
