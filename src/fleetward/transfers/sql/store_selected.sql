-- Purpose: the rows of a transfer of selected devices, numbered by their serials. What was deleted since
--   it was selected, or is elsewhere, is not found. Returns their numbers by outcome.
-- Params: tenants, locations bigint[]; capability text; tenant, transfer, selection bigint.
-- Reads: devices_selectionitem, devices_device. Writes: transfers_row.
-- Index: devices_selectionitem_pkey.
-- Lock order: none. Largest size: 1,000,000 devices.
WITH named AS (
    SELECT
        d.id, coalesce(d.serial, '') AS serial, coalesce(d.manufacturer, '') AS manufacturer,
        v.id IS NOT NULL AS is_found
    FROM devices_selectionitem i
    LEFT JOIN devices_device d ON d.id = i.device_id AND d.tenant_id = %(tenant)s::bigint
    LEFT JOIN devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) v
        ON v.id = i.device_id AND v.tenant_id = %(tenant)s::bigint AND v.is_active
    WHERE i.selection_id = %(selection)s::bigint
), stored AS (
    INSERT INTO transfers_row (
        tenant_id, transfer_id, row_no, given, serial, manufacturer, outcome, device_id
    )
    SELECT
        %(tenant)s::bigint, %(transfer)s::bigint, row_number() OVER (ORDER BY serial, manufacturer, id),
        '', serial, manufacturer, CASE WHEN is_found THEN 'FOUND' ELSE 'NOT_FOUND' END,
        CASE WHEN is_found THEN id END
    FROM named
    RETURNING outcome
)
SELECT outcome, '', count(*) FROM stored GROUP BY outcome
