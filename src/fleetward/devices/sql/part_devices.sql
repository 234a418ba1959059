-- Purpose: what stays with the tenant that devices leave (X10): what they were, the values that the target
--   does not get, and an entry of its history. They go out of its static groups.
-- Params: tenant, target bigint; reference uuid; actor, on_behalf, request_id text; now timestamptz;
--   table devices_moved (locked by claim_moving).
-- Reads: devices_device, devices_groupmember.
-- Writes: devices_departure, devices_change, devices_groupmember.
-- Index: devices_device_pkey (OFFSET: see lock_slice), devices_groupmember_device.
-- Lock order: members by device, after the devices. Largest size: 5,000 devices.
WITH held AS MATERIALIZED (
    SELECT g.device_id, g.group_id
    FROM devices_groupmember g
    WHERE g.device_id = ANY (ARRAY(SELECT device_id FROM devices_moved)::bigint[])
        AND g.tenant_id + 0 = %(tenant)s::bigint
    ORDER BY g.device_id, g.group_id
    FOR UPDATE
), dropped AS (
    DELETE FROM devices_groupmember g
    USING held h
    WHERE g.group_id = h.group_id AND g.device_id = h.device_id
), history AS (
    INSERT INTO devices_change (tenant_id, device_id, at, actor, on_behalf, kind, fields, request_id)
    SELECT
        %(tenant)s::bigint, m.device_id, %(now)s, %(actor)s, %(on_behalf)s, 'SENT', '{}', %(request_id)s
    FROM devices_moved m
    ORDER BY m.device_id
)
INSERT INTO devices_departure (
    tenant_id, device_id, uid, reference, target_id, manufacturer, serial, product_number, name, model,
    values, at
)
SELECT
    %(tenant)s::bigint, d.id, d.uid, %(reference)s::uuid, %(target)s::bigint, d.manufacturer, d.serial,
    d.product_number, d.name, d.model,
    jsonb_build_object(
        'assigned_user', d.assigned_user, 'location', d.location, 'asset_tag', d.asset_tag,
        'country', d.country, 'purchased_on', d.purchased_on, 'is_virtual', d.is_virtual,
        'import_run_id', d.import_run_id, 'has_custody', d.has_custody, 'enrolled_at', d.enrolled_at,
        'origin', d.origin, 'created_at', d.created_at, 'plan', d.plan,
        'groups', coalesce(
            (
                SELECT jsonb_agg(g.group_id) FROM devices_groupmember g
                WHERE g.device_id = m.device_id AND g.tenant_id + 0 = %(tenant)s::bigint
            ),
            '[]'
        )
    ),
    %(now)s
FROM devices_moved m
CROSS JOIN LATERAL (SELECT v.* FROM devices_device v WHERE v.id = m.device_id OFFSET 0) d
ORDER BY m.device_id
