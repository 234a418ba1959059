-- Purpose: let moved devices take over what is left of listings that are merged into them (T14): lines,
--   evidence, what their tenant was told; and that vendors were asked, where nobody had asked about them.
-- Params: target bigint; reference uuid; table devices_merged.
-- Reads: warranty_entitlement, warranty_evidence, warranty_reminder, warranty_setaside, warranty_coverage.
-- Writes: warranty_entitlement, warranty_evidence, warranty_reminder, warranty_coverage (and warranty_tally
--   by trigger).
-- Index: warranty_entitlement_line, warranty_evidence_once, warranty_reminder_once, warranty_setaside_move,
--   warranty_coverage_pkey.
-- Lock order: after their coverage, by reassign_coverage. Largest size: 5,000 listings.
WITH lines AS (
    UPDATE warranty_entitlement e
    SET device_id = m.device_id
    FROM devices_merged m
    WHERE e.device_id = m.listing_id
        AND e.device_id = ANY (ARRAY(SELECT listing_id FROM devices_merged)::bigint[])
        AND e.tenant_id + 0 = %(target)s::bigint
), evidence AS (
    UPDATE warranty_evidence e
    SET device_id = m.device_id
    FROM devices_merged m
    WHERE e.device_id = m.listing_id
        AND e.device_id = ANY (ARRAY(SELECT listing_id FROM devices_merged)::bigint[])
        AND e.tenant_id + 0 = %(target)s::bigint
), told AS (
    UPDATE warranty_reminder r
    SET device_id = m.device_id
    FROM devices_merged m
    WHERE r.device_id = m.listing_id
        AND r.device_id = ANY (ARRAY(SELECT listing_id FROM devices_merged)::bigint[])
        AND r.tenant_id + 0 = %(target)s::bigint
), known AS (
    SELECT m.device_id, v.*
    FROM devices_merged m
    JOIN warranty_setaside s
        ON s.reference = %(reference)s::uuid AND s.device_id = m.listing_id AND s.kind = 'COVERAGE'
    CROSS JOIN LATERAL (
        SELECT
            l.unknown_reason, l.is_answer_simulated, l.ships_on, l.asked_at, l.checked_at,
            l.attempted_at, l.latest_error
        FROM jsonb_populate_record(NULL::warranty_coverage, s.body) l
    ) v
    WHERE v.checked_at IS NOT NULL
)
UPDATE warranty_coverage c
SET unknown_reason = k.unknown_reason,
    reason = CASE WHEN c.ends_on IS NULL THEN k.unknown_reason ELSE c.reason END,
    is_answer_simulated = k.is_answer_simulated,
    ships_on = k.ships_on,
    asked_at = k.asked_at,
    checked_at = k.checked_at,
    attempted_at = k.attempted_at,
    latest_error = k.latest_error
FROM known k
WHERE c.device_id = k.device_id
    AND c.device_id = ANY (ARRAY(SELECT device_id FROM devices_merged)::bigint[])
    AND c.tenant_id + 0 = %(target)s::bigint
    AND c.checked_at IS NULL
