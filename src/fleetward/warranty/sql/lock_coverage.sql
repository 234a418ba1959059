-- Purpose: let nobody else change what is known of the staged devices until the transaction ends (W17);
--   tells how many of them have coverage. What is read after this statement stays true.
-- Params: tenant bigint; table warranty_touched.
-- Reads: warranty_coverage. Writes: nothing. Index: warranty_coverage_pkey.
-- Lock order: coverage by device, before entitlements and evidence. Largest size: 50,000 devices.
WITH locked AS (
    SELECT device_id
    FROM warranty_coverage
    WHERE device_id = ANY (ARRAY(SELECT device_id FROM warranty_touched))
      AND tenant_id + 0 = %(tenant)s
    ORDER BY device_id
    FOR UPDATE
)
SELECT count(*) FROM locked
