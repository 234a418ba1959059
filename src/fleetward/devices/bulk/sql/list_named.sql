-- Purpose: what the first devices of a selection are called, to be shown before a change.
-- Params: tenants, locations bigint[]; capability text; tenant, selection bigint; most integer.
-- Reads: devices_selectionitem, devices_device. Writes: nothing. Lock order: none.
-- Index: devices_selectionitem_pkey. Largest size: a few of 1,000,000 devices.
SELECT d.name, d.manufacturer, d.serial
FROM devices_selectionitem i
CROSS JOIN LATERAL (
    SELECT v.name, v.manufacturer, v.serial
    FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) v
    WHERE v.id = i.device_id AND v.tenant_id = %(tenant)s::bigint
    OFFSET 0
) d
WHERE i.selection_id = %(selection)s::bigint
ORDER BY i.device_id
LIMIT %(most)s
