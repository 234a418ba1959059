-- Purpose: make the stored coverage of devices what their entitlements amount to: the twin of
--   `rules.coverage`, for many. It also keeps what was tried and answered, so that each row is
--   written once and the trigger of the tally runs once.
--   W13: a device without answer keeps what an earlier answer said, beside the latest error.
-- Params: tenant bigint, now timestamptz; table warranty_touched (device_id, kind, reason, ships_on,
--   is_simulated): kind FOUND, NOT_FOUND, UNANSWERED, INVALID (nothing known counts any more; reason
--   says why), or '' (only the entitlements have changed).
-- Reads: warranty_entitlement, warranty_coverage. Writes: warranty_coverage (and warranty_tally by
--   trigger). Index: warranty_entitlement_line. Lock order: as stored; one worker for each device.
-- Largest size: 50,000 devices.
WITH line AS (
    SELECT
        e.device_id,
        e.source,
        e.starts_on,
        coalesce(e.ends_on, '9999-12-31') AS ends_on,
        e.is_simulated,
        -- W17: a hand-entered line, even one that does not count, overrides what providers say.
        CASE WHEN bool_or(e.source = 'manual') OVER (PARTITION BY e.device_id)
            THEN e.source = 'manual' ELSE true END
        AND e.is_cover
        AND NOT e.is_cancelled
        AND CASE WHEN e.ends_on IS NULL THEN e.is_rolling
            ELSE coalesce(e.starts_on <= e.ends_on, true) END AS counts
    FROM warranty_touched t
    JOIN warranty_entitlement e ON e.device_id = t.device_id AND e.tenant_id = %(tenant)s
),
cover AS (
    SELECT
        device_id,
        min(starts_on) AS starts_on,
        max(ends_on) AS ends_on,
        bool_or(is_simulated) AS is_simulated,
        (array_agg(source ORDER BY ends_on DESC, source))[1] AS source
    FROM line WHERE counts GROUP BY device_id
),
known AS (
    SELECT
        c.device_id,
        t.kind,
        v.starts_on,
        v.ends_on,
        v.is_simulated AS is_cover_simulated,
        coalesce(v.source, '') AS source,
        CASE
            WHEN t.kind = 'FOUND' THEN 'NO_COVER_LISTED'
            WHEN t.kind IN ('NOT_FOUND', 'INVALID') THEN t.reason
            WHEN t.kind = 'UNANSWERED' AND c.checked_at IS NULL THEN t.reason
            ELSE c.unknown_reason
        END AS unknown_reason,
        CASE
            WHEN t.kind = 'FOUND' OR (t.kind = 'NOT_FOUND' AND v.ends_on IS NULL)
                THEN t.is_simulated
            WHEN t.kind = 'INVALID' THEN false
            ELSE c.is_answer_simulated
        END AS is_answer_simulated,
        CASE
            WHEN t.kind = 'FOUND' OR (t.kind = 'NOT_FOUND' AND v.ends_on IS NULL) THEN %(now)s
            WHEN t.kind = 'INVALID' THEN NULL
            ELSE c.checked_at
        END::timestamptz AS checked_at,
        CASE
            WHEN t.kind IN ('FOUND', 'INVALID') THEN ''
            WHEN t.kind IN ('NOT_FOUND', 'UNANSWERED') THEN t.reason
            ELSE c.latest_error
        END AS latest_error,
        CASE
            WHEN t.kind IN ('FOUND', 'NOT_FOUND', 'UNANSWERED') THEN %(now)s
            WHEN t.kind = 'INVALID' THEN NULL
            ELSE c.attempted_at
        END::timestamptz AS attempted_at,
        CASE
            WHEN t.kind = 'FOUND' THEN coalesce(t.ships_on, c.ships_on)
            WHEN t.kind = 'INVALID' THEN NULL
            ELSE c.ships_on
        END AS ships_on
    FROM warranty_touched t
    JOIN warranty_coverage c ON c.device_id = t.device_id AND c.tenant_id = %(tenant)s
    LEFT JOIN cover v ON v.device_id = t.device_id
)
UPDATE warranty_coverage c
SET starts_on = k.starts_on,
    ends_on = k.ends_on,
    reason = CASE WHEN k.ends_on IS NULL THEN k.unknown_reason ELSE '' END,
    source = k.source,
    is_simulated = coalesce(k.is_cover_simulated, k.is_answer_simulated),
    unknown_reason = k.unknown_reason,
    is_answer_simulated = k.is_answer_simulated,
    ships_on = k.ships_on,
    checked_at = k.checked_at,
    attempted_at = k.attempted_at,
    latest_error = k.latest_error
FROM known k
WHERE c.device_id = k.device_id AND c.tenant_id = %(tenant)s
