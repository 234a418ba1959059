-- Purpose: numbers of refused rows by kind.
-- Params: run bigint, tenant bigint. Reads: devices_importrow. Writes: none.
-- Index: devices_importrow_pkey. Lock order: none. Largest size: 1,000,000 rows.
SELECT refusal, count(*)
FROM devices_importrow
WHERE run_id = %(run)s::bigint AND tenant_id = %(tenant)s::bigint AND outcome = 'REFUSED'
GROUP BY refusal
ORDER BY refusal
