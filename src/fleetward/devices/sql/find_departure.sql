-- Purpose: the latest departure of a device from a tenant, as in list_departures, with what is sealed of it (X10):
--   values, and the groups that it was in and that still exist.
-- Params: tenants, locations bigint[]; capability text; tenant bigint; uid uuid.
-- Reads: devices_departure, devices_device, devices_group, tenancy_tenant. Writes: nothing. Lock order: none.
-- Index: devices_departure_once. Largest size: one device.
SELECT
    p.id, p.uid, p.manufacturer, p.serial, p.product_number, p.name, p.model, p.at, p.undone_at,
    coalesce(t.name, ''), d.id IS NOT NULL, p.values ->> 'assigned_user', p.values ->> 'location',
    p.values ->> 'asset_tag',
    ARRAY(
        SELECT g.name
        FROM devices_group g
        WHERE g.id IN (SELECT m.id::bigint FROM jsonb_array_elements_text(p.values -> 'groups') m (id))
            AND g.tenant_id = %(tenant)s::bigint
        ORDER BY g.name_key
    )
FROM devices_departure p
LEFT JOIN tenancy_tenant t ON t.id = p.target_id AND t.id = ANY (%(tenants)s::bigint[])
LEFT JOIN LATERAL (
    SELECT v.id
    FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) v
    WHERE v.id = p.device_id AND v.tenant_id = %(tenant)s::bigint
    OFFSET 0
) d ON true
WHERE p.uid = %(uid)s::uuid AND p.tenant_id + 0 = %(tenant)s::bigint
ORDER BY p.id DESC
LIMIT 1
