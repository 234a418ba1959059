-- Purpose: how many reminders will be sent in each month or on each day, by threshold, if nothing changes
--   (S9): what send_reminders takes on each of the days, by the same function. With each threshold how
--   many of them are late; a row without threshold counts the devices.
-- Params: tenant bigint; thresholds integer[]; seen_from date; first_day date; last_day date;
--   unit text (month or day).
-- Reads: warranty_coverage, warranty_reminder (by warranty_reminders). Writes: nothing. Lock order: none.
-- Index: none (inside the function). Largest size: 240,000 devices.
SELECT
    date_trunc(%(unit)s, due_on)::date,
    days,
    count(*),
    count(*) FILTER (WHERE ends_on - days < due_on),
    count(DISTINCT device_id),
    bool_or(is_simulated)
FROM warranty_reminders(
    %(tenant)s::bigint, %(thresholds)s::integer[], %(seen_from)s::date, %(first_day)s::date,
    %(last_day)s::date
)
WHERE true /* or in some groups */
GROUP BY GROUPING SETS ((1, 2), (1))
