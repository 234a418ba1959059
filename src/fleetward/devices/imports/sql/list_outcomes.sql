-- Purpose: a page of outcome rows in the order of the file, with the public ids of the devices.
-- Params: run bigint, tenant bigint, after integer, limit integer, outcome text ('' for all).
-- Reads: devices_importrow, devices_device. Writes: none.
-- Index: devices_importrow_pkey. Lock order: none. Largest size: 5,000 of 1,000,000 rows.
SELECT r.row_no, r.outcome, r.refusal, r.field, d.uid
FROM devices_importrow AS r
LEFT JOIN devices_device AS d ON d.id = r.device_id AND d.tenant_id = r.tenant_id
WHERE r.run_id = %(run)s::bigint
  AND r.tenant_id = %(tenant)s::bigint
  AND r.row_no > %(after)s
  AND (%(outcome)s::text = '' OR r.outcome = %(outcome)s::text)
ORDER BY r.row_no
LIMIT %(limit)s
