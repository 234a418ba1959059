-- Purpose: the reminders whose own day is over and that nobody was told of (S9), with their devices: the
--   next message tells of them.
-- Params: tenants bigint[], locations bigint[], capability text (the door); tenant bigint;
--   thresholds integer[]; seen_from date; first_day date; most integer.
-- Reads: devices_device, warranty_coverage, warranty_reminder (by warranty_reminders). Writes: nothing.
-- Lock order: none. Index: none (inside the function). Largest size: 240,000 devices.
SELECT d.uid, d.name, d.manufacturer, d.serial, r.ends_on, r.days, r.is_simulated
FROM warranty_reminders(
    %(tenant)s::bigint, %(thresholds)s::integer[], %(seen_from)s::date, %(first_day)s::date,
    %(first_day)s::date
) r
JOIN devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
    ON d.id = r.device_id AND d.tenant_id = %(tenant)s::bigint
WHERE r.ends_on - r.days < r.due_on
  AND true /* or in some groups */
ORDER BY r.ends_on, r.device_id, r.days
LIMIT %(most)s
