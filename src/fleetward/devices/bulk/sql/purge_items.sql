-- Purpose: forget the devices of one selection that is over, a part at a time; returns how many.
-- Params: selection bigint; most integer.
-- Reads: devices_selectionitem. Writes: devices_selectionitem. Lock order: none.
-- Index: devices_selectionitem_pkey. Largest size: 50,000 of 1,000,000 devices.
DELETE FROM devices_selectionitem i
WHERE i.selection_id = %(selection)s::bigint
  AND i.device_id IN (
      SELECT o.device_id FROM devices_selectionitem o
      WHERE o.selection_id = %(selection)s::bigint
      ORDER BY o.device_id
      LIMIT %(most)s
  )
