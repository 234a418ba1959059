-- Purpose: a page of the devices that a tenant gave away, the latest first (X10). Where they
--   went is named to those who see that tenant; whether one is here again by the door.
-- Params: tenants, locations bigint[]; capability text; tenant bigint; below bigint; most
--   integer.
-- Reads: devices_departure, devices_device, tenancy_tenant. Writes: nothing. Lock order: none.
-- Index: devices_departure_latest. Largest size: 1,000,000 departures.
SELECT
    p.id, p.uid, p.manufacturer, p.serial, p.product_number, p.name, p.model, p.at, p.undone_at,
    coalesce(t.name, ''), d.id IS NOT NULL
FROM (
    SELECT * FROM devices_departure o
    WHERE o.tenant_id = %(tenant)s::bigint
        AND o.id < %(below)s::bigint
    ORDER BY o.id DESC
    LIMIT %(most)s
) p
LEFT JOIN tenancy_tenant t ON t.id = p.target_id AND t.id = ANY (%(tenants)s::bigint[])
LEFT JOIN LATERAL (
    SELECT v.id
    FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) v
    WHERE v.id = p.device_id AND v.tenant_id = %(tenant)s::bigint
    OFFSET 0
) d ON true
ORDER BY p.id DESC
