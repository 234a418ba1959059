-- Purpose: store the reminders that are due today (S9), each once for a device, threshold and end; tells
--   of how many devices, of how many by a simulator's answer, and how many reminders.
-- Params: tenant bigint; thresholds integer[]; seen_from date; today date.
-- Reads: warranty_coverage, warranty_reminder (by warranty_reminders). Writes: warranty_reminder.
-- Index: warranty_coverage_pkey (others inside the function). Lock order: by device. Largest size: 240,000 devices.
WITH due AS MATERIALIZED (
    -- Not is_simulated: an index has the rest, and most of what it finds was told of before.
    SELECT device_id, ends_on, days
    FROM warranty_reminders(
        %(tenant)s::bigint, %(thresholds)s::integer[], %(seen_from)s::date, %(today)s::date,
        %(today)s::date
    )
),
stored AS (
    INSERT INTO warranty_reminder (tenant_id, device_id, ends_on, days, sent_on, is_simulated)
    SELECT
        %(tenant)s, due.device_id, due.ends_on, due.days, %(today)s,
        (SELECT c.is_simulated FROM warranty_coverage c WHERE c.device_id = due.device_id)
    FROM due
    ORDER BY due.device_id, due.days DESC
    ON CONFLICT (device_id, ends_on, days) DO NOTHING
    RETURNING device_id, is_simulated
)
SELECT
    count(DISTINCT device_id),
    count(DISTINCT device_id) FILTER (WHERE is_simulated),
    count(*)
FROM stored
