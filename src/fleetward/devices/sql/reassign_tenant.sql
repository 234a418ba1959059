-- Purpose: move devices to another tenant, once what stays behind is kept (part_devices) and what the target
--   listed is out of the way (merge_listings), with an entry of the target's history. Values of such a
--   listing win where it has any: they are the target's own. Who has it, where it is, its asset tag, and when
--   and from which list it came in are not told to the target (X10). Its plan is the target's (L3).
-- Params: tenant, target bigint; actor, on_behalf, request_id text; now timestamptz; tables
--   devices_moved, devices_merged.
-- Reads: devices_device. Writes: devices_device, devices_change.
-- Index: devices_device_pkey. Lock order: devices by id, by claim_moving before.
-- Largest size: 5,000 of 1,000,000 devices.
WITH moved AS (
    UPDATE devices_device d
    SET tenant_id = %(target)s::bigint,
        name = coalesce(nullif(l.name, ''), d.name),
        model = coalesce(nullif(l.model, ''), d.model),
        assigned_user = coalesce(l.assigned_user, ''),
        location = coalesce(l.location, ''),
        asset_tag = coalesce(l.asset_tag, ''),
        product_number = CASE
            -- What is held is held by its whole identity (T10).
            WHEN d.has_custody OR coalesce(l.has_custody, false) OR d.product_number <> '' THEN d.product_number
            ELSE coalesce(l.product_number, '')
        END,
        country = coalesce(nullif(l.country, ''), d.country),
        purchased_on = coalesce(l.purchased_on, d.purchased_on),
        is_virtual = d.is_virtual OR coalesce(l.is_virtual, false),
        has_custody = d.has_custody OR coalesce(l.has_custody, false),
        enrolled_at = coalesce(d.enrolled_at, l.enrolled_at),
        plan = coalesce(l.plan, ''),
        import_run_id = l.import_run_id,
        created_at = coalesce(l.created_at, %(now)s),
        updated_at = %(now)s
    FROM devices_moved m
    LEFT JOIN devices_merged x ON x.device_id = m.device_id
    LEFT JOIN LATERAL jsonb_populate_record(NULL::devices_device, x.listing) l ON true
    WHERE d.id = m.device_id
        AND d.id = ANY (ARRAY(SELECT device_id FROM devices_moved)::bigint[])
        AND d.tenant_id + 0 = %(tenant)s::bigint
        AND d.is_active
    RETURNING d.id, d.uid, x.device_id IS NOT NULL AS is_merged
), history AS (
    INSERT INTO devices_change (tenant_id, device_id, at, actor, on_behalf, kind, fields, request_id)
    SELECT
        %(target)s::bigint, m.id, %(now)s, %(actor)s, %(on_behalf)s, 'RECEIVED', '{}', %(request_id)s
    FROM moved m
    ORDER BY m.id
)
SELECT id, uid, is_merged FROM moved ORDER BY id
