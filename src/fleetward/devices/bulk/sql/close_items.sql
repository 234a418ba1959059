-- Purpose: store the outcome of every staged device, with what the device was; returns their numbers
--   by outcome.
-- Params: tenant, run bigint.
-- Reads: bulk_slice. Writes: devices_bulkitem. Index: none (every row of the temporary table).
-- Lock order: none. Largest size: 50,000 devices.
WITH closed AS (
    INSERT INTO devices_bulkitem (
        tenant_id, run_id, device_id, outcome, refusal, manufacturer, serial, name
    )
    SELECT
        %(tenant)s::bigint, %(run)s::bigint, s.device_id, s.outcome, s.refusal, s.manufacturer,
        s.serial, s.name
    FROM bulk_slice s
    ORDER BY s.device_id
    RETURNING outcome
)
SELECT outcome, count(*) FROM closed GROUP BY outcome
