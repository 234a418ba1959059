-- Purpose: whether a simulator has spoken of any device that has just been moved (W20).
-- Params: table devices_moved.
-- Reads: warranty_coverage. Writes: nothing. Lock order: none.
-- Index: warranty_coverage_pkey. Largest size: 5,000 of 1,000,000 devices.
SELECT EXISTS (
    SELECT
    FROM warranty_coverage c
    WHERE c.device_id = ANY (ARRAY(SELECT device_id FROM devices_moved)::bigint[])
        AND (c.is_answer_simulated OR c.is_simulated)
)
