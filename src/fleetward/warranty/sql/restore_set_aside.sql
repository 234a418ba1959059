-- Purpose: put back what a move set aside, now that it is taken back: of the devices for their tenant, and of the
--   listings that are there again.
-- Params: tenant, target bigint (of the listings, of the devices); reference uuid; tables devices_moved,
--   devices_parted.
-- Reads: warranty_setaside. Writes: warranty_setaside, warranty_entitlement, warranty_evidence,
--   warranty_reminder, warranty_coverage (and warranty_tally by trigger).
-- Index: warranty_setaside_move. Lock order: after their coverage, by reassign_coverage.
--   Largest size: 5,000 devices.
WITH kept AS (
    DELETE FROM warranty_setaside s
    WHERE s.reference = %(reference)s::uuid
        AND s.device_id = ANY (
            ARRAY(SELECT device_id FROM devices_moved UNION ALL SELECT listing_id FROM devices_parted)::bigint[]
        )
    RETURNING s.*
), again AS MATERIALIZED (
    -- What the tenant that gives them back was told goes with them.
    SELECT k.* FROM kept k
    WHERE k.tenant_id = %(target)s::bigint OR k.device_id IN (SELECT listing_id FROM devices_parted)
), lines AS (
    INSERT INTO warranty_entitlement
    SELECT v.* FROM again a
    CROSS JOIN LATERAL jsonb_populate_record(NULL::warranty_entitlement, a.body) v
    WHERE a.kind = 'LINE'
    ON CONFLICT DO NOTHING
), evidence AS (
    INSERT INTO warranty_evidence
    SELECT v.* FROM again a
    CROSS JOIN LATERAL jsonb_populate_record(NULL::warranty_evidence, a.body) v
    WHERE a.kind = 'EVIDENCE'
    ON CONFLICT DO NOTHING
), told AS (
    INSERT INTO warranty_reminder
    SELECT v.* FROM again a
    CROSS JOIN LATERAL jsonb_populate_record(NULL::warranty_reminder, a.body) v
    WHERE a.kind = 'REMINDER'
    ON CONFLICT DO NOTHING
)
INSERT INTO warranty_coverage
SELECT v.* FROM again a
CROSS JOIN LATERAL jsonb_populate_record(NULL::warranty_coverage, a.body) v
WHERE a.kind = 'COVERAGE' AND a.tenant_id = %(tenant)s::bigint
ORDER BY v.device_id
