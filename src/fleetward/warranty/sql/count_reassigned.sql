-- Purpose: of devices that may go to another tenant, how many have a known end of coverage, and how many an open
--   run of the source is about to ask about.
-- Params: tenant bigint; table devices_considered.
-- Reads: warranty_coverage, warranty_run, warranty_batch. Writes: nothing. Lock order: none.
-- Index: warranty_coverage_pkey. Largest size: 50,000 of 1,000,000 devices.
SELECT
    (
        SELECT count(*)
        FROM warranty_coverage c
        WHERE c.device_id = ANY (ARRAY(SELECT device_id FROM devices_considered)::bigint[])
            AND c.tenant_id + 0 = %(tenant)s::bigint
            AND c.ends_on IS NOT NULL
    ),
    (
        SELECT count(DISTINCT k.device_id)
        FROM warranty_run r
        JOIN warranty_batch b ON b.run_id = r.id AND b.state IN ('OPEN', 'CLAIMED')
        CROSS JOIN LATERAL unnest(b.device_ids, b.outcomes) k (device_id, outcome)
        WHERE r.tenant_id = %(tenant)s::bigint
            AND r.state IN ('PLANNING', 'RUNNING')
            AND k.outcome = ''
            AND k.device_id IN (SELECT device_id FROM devices_considered)
    )
