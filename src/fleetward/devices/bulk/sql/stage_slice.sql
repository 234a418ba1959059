-- Purpose: the next devices of a selection into bulk_slice, with what they are now and with the outcome
--   of those that are to be left alone; '' is still to be done.
-- Params: tenants, locations bigint[]; capability text; tenant, selection, after bigint; most integer;
--   wants_active boolean (what a device must be to be changed); latest_of bigint or null (the bulk
--   change that must be the latest one of each device, but for its archiving and its groups); skips boolean (nothing is done any more).
-- Reads: devices_selectionitem, devices_device, devices_change. Writes: bulk_slice.
-- Lock order: none; lock_slice comes before it where devices are written.
-- Index: devices_selectionitem_pkey, devices_device_pkey. Largest size: 50,000 devices.
INSERT INTO bulk_slice (device_id, outcome, manufacturer, serial, name, model)
SELECT
    s.device_id,
    CASE
        WHEN %(skips)s::boolean THEN 'SKIPPED'
        WHEN d.id IS NULL THEN 'GONE'
        WHEN d.is_active <> %(wants_active)s::boolean AND d.is_active THEN 'UNCHANGED'
        WHEN d.is_active <> %(wants_active)s::boolean THEN 'GONE'
        WHEN s.seen_at <> d.updated_at THEN 'CHANGED_SINCE'
        WHEN %(latest_of)s::bigint <> coalesce(
            (
                SELECT c.bulk_run_id FROM devices_change c
                WHERE c.device_id = d.id AND c.kind NOT IN ('ARCHIVED', 'GROUP')
                ORDER BY c.id DESC LIMIT 1
            ),
            0
        ) THEN 'CHANGED_SINCE'
        ELSE ''
    END,
    coalesce(d.manufacturer, ''), coalesce(d.serial, ''), coalesce(d.name, ''), coalesce(d.model, '')
FROM (
    SELECT i.device_id, i.seen_at
    FROM devices_selectionitem i
    WHERE i.selection_id = %(selection)s::bigint AND i.device_id > %(after)s::bigint
    ORDER BY i.device_id
    LIMIT %(most)s
) s
LEFT JOIN LATERAL (
    SELECT v.id, v.is_active, v.updated_at, v.manufacturer, v.serial, v.name, v.model
    FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) v
    WHERE v.id = s.device_id AND v.tenant_id = %(tenant)s::bigint
    OFFSET 0
) d ON true
