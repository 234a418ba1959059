-- Purpose: how many reminders will be sent in each month, by threshold, if nothing changes (S9): what
--   send_reminders takes on each of the days, by the same function.
-- Params: tenant bigint; thresholds integer[]; seen_from date; first_day date; last_day date.
-- Reads: warranty_coverage, warranty_reminder (by warranty_reminders). Writes: nothing. Lock order: none.
-- Index: none (inside the function). Largest size: 240,000 devices.
SELECT date_trunc('month', due_on)::date, days, count(*)
FROM warranty_reminders(
    %(tenant)s::bigint, %(thresholds)s::integer[], %(seen_from)s::date, %(first_day)s::date,
    %(last_day)s::date
)
GROUP BY 1, 2
