-- Purpose: list again what had been merged into devices that have gone back (T14), under its own id, with the
--   history and the groups that the devices had there; what a partner ordered is the listing again.
-- Params: target bigint (where it is listed); reference uuid; table devices_parted.
-- Reads: devices_change, devices_groupmember, devices_ordered, devices_mergedlisting.
-- Writes: devices_device, devices_change, devices_groupmember, devices_ordered, devices_mergedlisting.
-- Index: devices_change_device, devices_groupmember_device, devices_mergedlisting_pkey
--   (devices_ordered_device where much was ordered).
-- Lock order: what was ordered by identity, as feeds do (nobody else knows the listings yet).
-- Largest size: 5,000 listings.
WITH made AS (
    INSERT INTO devices_device (
        id, uid, tenant_id, manufacturer, serial, product_number, origin, name, model, assigned_user,
        asset_tag, location, country, purchased_on, is_virtual, is_active, archived_on, import_run_id,
        has_custody, enrolled_at, created_at, updated_at, plan
    )
    SELECT
        l.id, l.uid, l.tenant_id, l.manufacturer, l.serial, l.product_number, l.origin, l.name, l.model,
        l.assigned_user, l.asset_tag, l.location, l.country, l.purchased_on, l.is_virtual, l.is_active,
        l.archived_on, l.import_run_id, l.has_custody, l.enrolled_at, l.created_at, l.updated_at,
        coalesce(l.plan, '')
    FROM devices_parted p
    CROSS JOIN LATERAL jsonb_populate_record(NULL::devices_device, p.listing) l
    ORDER BY l.id
), history AS (
    UPDATE devices_change c
    SET device_id = p.listing_id
    FROM devices_parted p
    WHERE c.device_id = p.device_id
        AND c.device_id = ANY (ARRAY(SELECT device_id FROM devices_parted)::bigint[])
        AND c.tenant_id + 0 = %(target)s::bigint
), members AS (
    UPDATE devices_groupmember g
    SET device_id = p.listing_id
    FROM devices_parted p
    WHERE g.device_id = p.device_id
        AND g.device_id = ANY (ARRAY(SELECT device_id FROM devices_parted)::bigint[])
        AND g.tenant_id + 0 = %(target)s::bigint
), known AS MATERIALIZED (
    SELECT k.id, k.device_id
    FROM devices_ordered k
    WHERE k.device_id = ANY (ARRAY(SELECT device_id FROM devices_parted)::bigint[])
    ORDER BY k.tenant_id, k.serial, k.manufacturer, k.product_number
    FOR UPDATE
), ordered AS (
    UPDATE devices_ordered o
    SET device_id = p.listing_id
    FROM known k
    JOIN devices_parted p ON p.device_id = k.device_id
    WHERE o.id = k.id
)
DELETE FROM devices_mergedlisting m
WHERE m.reference = %(reference)s::uuid
    AND m.device_id = ANY (ARRAY(SELECT device_id FROM devices_parted)::bigint[])
    AND m.tenant_id + 0 = %(target)s::bigint
