-- Purpose: what one request deleted and nobody has touched since; archiving and groups are no touch. Bulk changes have an undo of their own.
-- Params: tenants, locations bigint[]; capability text; tenant bigint; reference text (the request's id).
-- Reads: devices_change, devices_device. Writes: nothing. Lock order: none.
-- Index: devices_change_deleted. Largest size: 50,000 devices.
SELECT d.uid, d.manufacturer, d.serial, d.name, c.at, c.actor
FROM devices_change c
JOIN devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
  ON d.id = c.device_id
WHERE c.tenant_id = %(tenant)s::bigint
  AND c.request_id = %(reference)s
  AND c.kind = 'DELETED'
  AND c.bulk_run_id IS NULL
  AND d.tenant_id = %(tenant)s::bigint
  AND NOT d.is_active
  AND NOT EXISTS (
    SELECT FROM devices_change later
    WHERE later.device_id = c.device_id AND later.id > c.id AND later.kind NOT IN ('ARCHIVED', 'GROUP')
  )
ORDER BY d.serial, d.manufacturer, d.product_number
