-- Purpose: make the stored coverage of devices what their entitlements amount to: the twin of
--   `rules.coverage`, for many. It also keeps what was tried and answered, so that each row is
--   written once and the trigger of the tally runs once.
--   W13: a device without answer keeps what an earlier answer said, beside the latest error.
--   Each row is reached by its key, whatever the statistics say of a tenant that is new: `+ 0` keeps
--   the planner from reading all rows of the tenant because it expects one (100 s instead of 1 s).
-- Params: tenant bigint, now timestamptz; table warranty_touched (device_id, kind, reason, ships_on,
--   is_simulated, asked_at): kind FOUND, NOT_FOUND, UNANSWERED, UNASKED (without an answer because nobody asked),
--   INVALID (nothing known counts any more; reason says why), or '' (only the entitlements have changed).
-- Reads: warranty_entitlement, warranty_coverage. Writes: warranty_coverage (and warranty_tally by
--   trigger). Index: warranty_entitlement_line, warranty_coverage_pkey. Lock order: after lock_coverage.
-- Largest size: 50,000 devices.
UPDATE warranty_coverage c
SET starts_on = v.starts_on,
    ends_on = v.ends_on,
    source = CASE WHEN v.ends_on IS NULL THEN '' ELSE v.source END,
    reason = CASE WHEN v.ends_on IS NULL THEN n.unknown_reason ELSE '' END,
    is_simulated = CASE
        WHEN v.ends_on IS NULL THEN n.is_answer_simulated ELSE v.is_simulated
    END,
    unknown_reason = n.unknown_reason,
    is_answer_simulated = n.is_answer_simulated,
    ships_on = CASE t.kind
        WHEN 'FOUND' THEN coalesce(t.ships_on, c.ships_on)
        WHEN 'INVALID' THEN NULL
        ELSE c.ships_on
    END,
    asked_at = CASE
        WHEN t.kind IN ('FOUND', 'NOT_FOUND') THEN coalesce(t.asked_at, c.asked_at)
        ELSE c.asked_at
    END,
    checked_at = CASE
        WHEN n.is_answer THEN %(now)s
        WHEN t.kind = 'INVALID' THEN NULL
        ELSE c.checked_at
    END,
    attempted_at = CASE
        WHEN t.kind IN ('', 'UNASKED') THEN c.attempted_at
        WHEN t.kind = 'INVALID' THEN NULL
        ELSE %(now)s
    END,
    latest_error = CASE
        WHEN t.kind IN ('FOUND', 'INVALID') THEN ''
        WHEN t.kind IN ('NOT_FOUND', 'UNANSWERED', 'UNASKED') THEN t.reason
        ELSE c.latest_error
    END,
    may_be_flawed = coalesce(v.may_be_flawed, false),
    is_due = c.is_due AND t.kind IN ('', 'UNASKED')
FROM warranty_coverage b
JOIN warranty_touched t ON t.device_id = b.device_id
LEFT JOIN LATERAL (
    -- W17: a hand-entered line, even one that does not count, overrides what providers say.
    SELECT
        CASE WHEN bool_or(e.is_manual)
            THEN min(e.starts_on) FILTER (WHERE e.counts AND e.is_manual)
            ELSE min(e.starts_on) FILTER (WHERE e.counts) END AS starts_on,
        CASE WHEN bool_or(e.is_manual)
            THEN max(e.last_day) FILTER (WHERE e.counts AND e.is_manual)
            ELSE max(e.last_day) FILTER (WHERE e.counts) END AS ends_on,
        NOT bool_or(e.is_manual) AND bool_or(e.is_simulated AND e.counts) AS is_simulated,
        -- Otherwise the source of the line that ends last; a day has ten characters.
        CASE WHEN bool_or(e.is_manual) THEN 'manual'
            ELSE substr(max(e.last_day || e.source) FILTER (WHERE e.counts), 11) END AS source,
        -- Whether lines leave a gap, or those of one service overlap; `warranty_flaws` looks closer.
        bool_or(e.counts AND (e.starts_on > e.reached + 1 OR e.starts_on < e.service_reached))
            AS may_be_flawed
    FROM (
        SELECT
            l.*,
            max(last_day) FILTER (WHERE counts) OVER (
                PARTITION BY is_manual ORDER BY starts_on NULLS FIRST
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS reached,
            max(last_day) FILTER (WHERE counts) OVER (
                PARTITION BY source, service ORDER BY starts_on NULLS FIRST
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS service_reached
        FROM (
            SELECT
                source,
                source = 'manual' AS is_manual,
                coalesce(nullif(code, ''), name) AS service,
                starts_on,
                coalesce(ends_on, '9999-12-31') AS last_day,
                is_simulated,
                is_cover
                AND NOT is_cancelled
                AND CASE WHEN ends_on IS NULL THEN is_rolling
                    ELSE coalesce(starts_on <= ends_on, true) END AS counts
            FROM warranty_entitlement
            WHERE device_id = t.device_id
        ) l
    ) e
) v ON true
CROSS JOIN LATERAL (
    SELECT
        t.kind = 'FOUND' OR (t.kind = 'NOT_FOUND' AND v.ends_on IS NULL) AS is_answer,
        CASE
            WHEN t.kind = 'FOUND' THEN 'NO_COVER_LISTED'
            WHEN t.kind IN ('NOT_FOUND', 'INVALID') THEN t.reason
            WHEN t.kind IN ('UNANSWERED', 'UNASKED') AND b.checked_at IS NULL THEN t.reason
            ELSE b.unknown_reason
        END AS unknown_reason,
        CASE
            WHEN t.kind = 'FOUND' OR (t.kind = 'NOT_FOUND' AND v.ends_on IS NULL)
                THEN t.is_simulated
            WHEN t.kind = 'INVALID' THEN false
            ELSE b.is_answer_simulated
        END AS is_answer_simulated
) n
WHERE c.device_id = b.device_id
  AND b.device_id = ANY (ARRAY(SELECT device_id FROM warranty_touched))
  AND b.tenant_id + 0 = %(tenant)s
  AND c.tenant_id + 0 = %(tenant)s
