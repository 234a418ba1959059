-- Purpose: lock the next devices of a selection as far as the actor may touch them; returns how many.
--   The statements after this one see them as they are now, and as they stay.
-- Params: tenants, locations bigint[]; capability text; tenant, selection, after bigint; most integer.
-- Reads: devices_selectionitem, devices_device. Writes: nothing. Lock order: devices by id.
-- Index: devices_selectionitem_pkey, devices_device_pkey (OFFSET keeps the look-up along it: below
--   row-level security the planner takes a tenant for small and reads all of it).
-- Largest size: 50,000 devices.
WITH slice AS MATERIALIZED (
    SELECT i.device_id
    FROM devices_selectionitem i
    WHERE i.selection_id = %(selection)s::bigint AND i.device_id > %(after)s::bigint
    ORDER BY i.device_id
    LIMIT %(most)s
), visible AS MATERIALIZED (
    SELECT d.id
    FROM slice s
    CROSS JOIN LATERAL (
        SELECT v.id
        FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) v
        WHERE v.id = s.device_id AND v.tenant_id = %(tenant)s::bigint
        OFFSET 0
    ) d
), locked AS (
    SELECT d.id
    FROM devices_device d
    WHERE d.id = ANY (ARRAY(SELECT id FROM visible)::bigint[])
    ORDER BY d.id
    FOR UPDATE
)
SELECT count(*) FROM locked
