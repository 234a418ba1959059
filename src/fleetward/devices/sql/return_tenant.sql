-- Purpose: move devices back to the tenant that a move took them from, with the values that it sealed
--   (X10, X11) and an entry of its history.
-- Params: tenant, target bigint (to where, from where they go back); reference uuid; actor, on_behalf,
--   request_id text; now timestamptz; tables devices_moved, devices_parted.
-- Reads: devices_departure, devices_device. Writes: devices_departure, devices_device, devices_change.
-- Index: devices_departure_once, devices_device_pkey. Lock order: devices by id, by claim_returning before.
-- Largest size: 5,000 of 1,000,000 devices.
WITH parting AS (
    UPDATE devices_departure p
    SET undone_at = %(now)s
    FROM devices_moved m
    WHERE p.uid = m.uid
        AND p.uid = ANY (ARRAY(SELECT uid FROM devices_moved)::uuid[])
        AND p.reference = %(reference)s::uuid
        AND p.tenant_id + 0 = %(tenant)s::bigint
        AND p.undone_at IS NULL
), moved AS (
    UPDATE devices_device d
    SET tenant_id = %(tenant)s::bigint,
        name = s.name,
        model = s.model,
        product_number = CASE WHEN x.device_id IS NULL THEN d.product_number ELSE s.product_number END,
        assigned_user = s.assigned_user,
        location = s.location,
        asset_tag = s.asset_tag,
        country = s.country,
        purchased_on = s.purchased_on,
        is_virtual = s.is_virtual,
        -- What was held with a listing is held with it again.
        has_custody = CASE WHEN x.device_id IS NULL THEN d.has_custody ELSE s.has_custody END,
        enrolled_at = CASE WHEN x.device_id IS NULL THEN d.enrolled_at ELSE s.enrolled_at END,
        -- What left before plans were a device's has none.
        plan = coalesce(s.plan, ''),
        import_run_id = s.import_run_id,
        created_at = s.created_at,
        updated_at = %(now)s
    FROM devices_moved m
    LEFT JOIN devices_parted x ON x.device_id = m.device_id
    CROSS JOIN LATERAL jsonb_populate_record(NULL::devices_device, m.kept) s
    WHERE d.id = m.device_id
        AND d.id = ANY (ARRAY(SELECT device_id FROM devices_moved)::bigint[])
        AND d.tenant_id + 0 = %(target)s::bigint
        AND d.is_active
    RETURNING d.id, d.uid, x.device_id IS NOT NULL AS is_merged
), history AS (
    INSERT INTO devices_change (tenant_id, device_id, at, actor, on_behalf, kind, fields, request_id)
    SELECT
        %(tenant)s::bigint, m.id, %(now)s, %(actor)s, %(on_behalf)s, 'RECEIVED', '{}', %(request_id)s
    FROM moved m
    ORDER BY m.id
)
SELECT id, uid, is_merged FROM moved ORDER BY id
