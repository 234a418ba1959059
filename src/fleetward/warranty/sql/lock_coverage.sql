-- Purpose: let nobody else change what is known of the staged devices until the transaction ends (W17);
--   tells how many of them have coverage. What is read after this statement stays true. What was asked
--   before the answer that is stored is staged no more: an older answer never takes its place.
-- Params: tenant bigint; tables warranty_touched, warranty_line.
-- Reads: warranty_coverage. Writes: warranty_touched, warranty_line (temporary).
-- Index: warranty_coverage_pkey.
-- Lock order: coverage by device, before entitlements and evidence. Largest size: 50,000 devices.
WITH locked AS (
    SELECT device_id, asked_at
    FROM warranty_coverage
    WHERE device_id = ANY (ARRAY(SELECT device_id FROM warranty_touched))
      AND tenant_id + 0 = %(tenant)s
    ORDER BY device_id
    FOR UPDATE
),
overtaken AS (
    DELETE FROM warranty_touched t
    USING locked c
    WHERE t.device_id = c.device_id AND t.asked_at < c.asked_at
    RETURNING t.device_id
),
dropped AS (
    DELETE FROM warranty_line l
    USING overtaken o
    WHERE l.device_id = o.device_id
)
SELECT count(*) FROM locked
