-- Purpose: the next devices of a selection, for a job that works it off slice by slice.
-- Params: selection, after bigint; most integer.
-- Reads: devices_selectionitem. Writes: nothing. Index: devices_selectionitem_pkey.
-- Lock order: none. Largest size: 50,000 devices.
SELECT i.device_id
FROM devices_selectionitem i
WHERE i.selection_id = %(selection)s::bigint AND i.device_id > %(after)s::bigint
ORDER BY i.device_id
LIMIT %(most)s
