-- Purpose: of the next devices of a selection, how many are there and were changed after they were
--   selected, and how many are not there: deleted, or out of sight.
-- Params: tenants, locations bigint[]; capability text; tenant, selection, after bigint; most integer;
--   wants_active boolean (what a device must be to be there; where that is inactive, one that was
--   restored is one that was changed).
-- Reads: devices_selectionitem, devices_device. Writes: nothing. Lock order: none.
-- Index: devices_selectionitem_pkey, devices_device_pkey. Largest size: 1,000,000 devices.
SELECT
    count(*) FILTER (
        WHERE (d.is_active OR NOT %(wants_active)s::boolean) AND d.updated_at <> s.seen_at
    ),
    count(*) FILTER (WHERE d.id IS NULL OR NOT d.is_active AND %(wants_active)s::boolean)
FROM (
    SELECT i.device_id, i.seen_at
    FROM devices_selectionitem i
    WHERE i.selection_id = %(selection)s::bigint AND i.device_id > %(after)s::bigint
    ORDER BY i.device_id
    LIMIT %(most)s
) s
LEFT JOIN LATERAL (
    SELECT v.id, v.is_active, v.updated_at
    FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) v
    WHERE v.id = s.device_id AND v.tenant_id = %(tenant)s::bigint
    OFFSET 0
) d ON true
