-- Purpose: let devices that go back give up what they took over from listings (merge_known): lines, and
--   what their tenant was told; and what that tenant was answered, before and since; and that vendors were asked, where nobody has asked about the device since.
-- Params: tenant, target bigint (from where, to where they go); reference uuid; table devices_parted.
-- Reads: warranty_setaside, warranty_entitlement, warranty_evidence, warranty_reminder, warranty_coverage.
-- Writes: warranty_entitlement, warranty_evidence, warranty_reminder, warranty_coverage (and warranty_tally
--   by trigger).
-- Index: warranty_setaside_move, warranty_evidence_once, warranty_reminder_once,
--   warranty_coverage_pkey.
-- Lock order: after their coverage, by reassign_coverage. Largest size: 5,000 listings.
WITH taken AS MATERIALIZED (
    SELECT p.device_id, (s.body ->> 'id')::bigint AS id
    FROM devices_parted p
    JOIN warranty_setaside s
        ON s.reference = %(reference)s::uuid AND s.device_id = p.listing_id AND s.tenant_id = %(tenant)s::bigint
    WHERE s.kind = 'LINE'
), lines AS (
    DELETE FROM warranty_entitlement e
    USING taken t
    WHERE e.id = t.id
        AND e.id = ANY (ARRAY(SELECT id FROM taken)::bigint[])
        AND e.device_id = t.device_id
), evidence AS (
    UPDATE warranty_evidence e
    SET device_id = p.listing_id
    FROM devices_parted p
    WHERE e.device_id = p.device_id
        AND e.device_id = ANY (ARRAY(SELECT device_id FROM devices_parted)::bigint[])
        AND e.tenant_id + 0 = %(tenant)s::bigint
), told AS (
    UPDATE warranty_reminder r
    SET device_id = p.listing_id
    FROM devices_parted p
    WHERE r.device_id = p.device_id
        AND r.device_id = ANY (ARRAY(SELECT device_id FROM devices_parted)::bigint[])
        AND r.tenant_id + 0 = %(tenant)s::bigint
), known AS (
    SELECT p.device_id, v.*
    FROM devices_parted p
    JOIN warranty_setaside s
        ON s.reference = %(reference)s::uuid AND s.device_id = p.device_id AND s.kind = 'COVERAGE'
    JOIN warranty_setaside o
        ON o.reference = %(reference)s::uuid AND o.device_id = p.listing_id AND o.kind = 'COVERAGE'
    CROSS JOIN LATERAL (
        SELECT
            w.unknown_reason, w.is_answer_simulated, w.ships_on, w.attempted_at, w.latest_error,
            l.checked_at AS taken_at
        FROM jsonb_populate_record(NULL::warranty_coverage, s.body) w,
            jsonb_populate_record(NULL::warranty_coverage, o.body) l
    ) v
)
UPDATE warranty_coverage c
SET unknown_reason = k.unknown_reason,
    reason = CASE WHEN c.ends_on IS NULL THEN k.unknown_reason ELSE c.reason END,
    is_answer_simulated = k.is_answer_simulated,
    ships_on = k.ships_on,
    asked_at = NULL,
    checked_at = NULL,
    attempted_at = k.attempted_at,
    latest_error = k.latest_error
FROM known k
WHERE c.device_id = k.device_id
    AND c.device_id = ANY (ARRAY(SELECT device_id FROM devices_parted)::bigint[])
    AND c.tenant_id + 0 = %(target)s::bigint
    AND c.checked_at = k.taken_at
