-- Purpose: the reminders of a tenant, or of one day, the latest first, with their devices.
-- Params: tenants bigint[], locations bigint[], capability text (the door); tenant bigint; sent_on date
--   or null; below bigint; most integer.
-- Reads: warranty_reminder, devices_device. Writes: nothing. Lock order: none.
-- Index: warranty_reminder_day (of one day; of all warranty_reminder_latest). Largest size: pages of 1,000.
SELECT r.id, d.uid, d.name, d.manufacturer, d.serial, r.ends_on, r.days, r.sent_on, r.is_simulated
FROM warranty_reminder r
JOIN devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
    ON d.id = r.device_id AND d.tenant_id = %(tenant)s::bigint
WHERE r.tenant_id = %(tenant)s::bigint
  AND r.id < %(below)s::bigint
  AND true /* or in some groups */
  AND (%(sent_on)s::date IS NULL OR r.sent_on = %(sent_on)s::date)
ORDER BY r.id DESC
LIMIT %(most)s
