-- Purpose: bring the staged devices to what is wanted, with their history: the fields that differ,
--   before and after. A device that is like this already stays as it is.
-- Params: tenant, run bigint; changes jsonb (field: value; '' and null clear); makers, models text[],
--   others, virtuals boolean[] (what the rules say of each manufacturer with its present model: that
--   the new model is of another manufacturer, that it is a virtual machine); actor, on_behalf,
--   request_id text; now timestamptz.
-- Reads: bulk_slice, devices_device. Writes: devices_device, devices_change, devices_written, bulk_slice.
-- Lock order: devices by id, by lock_slice before. Index: devices_device_pkey.
-- Largest size: 50,000 devices.
WITH wanted AS MATERIALIZED (
    SELECT
        d.id, d.assigned_user, d.location, d.country, d.model, d.purchased_on, d.is_virtual,
        d.plan, coalesce(c.changes ->> 'plan', d.plan) AS new_plan,
        coalesce(c.changes ->> 'assigned_user', d.assigned_user) AS new_assigned_user,
        coalesce(c.changes ->> 'location', d.location) AS new_location,
        coalesce(c.changes ->> 'country', d.country) AS new_country,
        coalesce(c.changes ->> 'model', d.model) AS new_model,
        CASE
            WHEN c.changes ? 'purchased_on' THEN (c.changes ->> 'purchased_on')::date
            ELSE d.purchased_on
        END AS new_purchased_on,
        coalesce((c.changes ->> 'is_virtual')::boolean, d.is_virtual)
            OR coalesce(r.is_virtual, false) AS new_is_virtual,
        coalesce(r.is_other, false) AS is_refused
    FROM bulk_slice s
    CROSS JOIN LATERAL (
        SELECT v.* FROM devices_device v
        WHERE v.id = s.device_id AND v.tenant_id = %(tenant)s::bigint OFFSET 0
    ) d
    CROSS JOIN (SELECT %(changes)s::jsonb AS changes) c
    LEFT JOIN unnest(
        %(makers)s::text[], %(models)s::text[], %(others)s::boolean[], %(virtuals)s::boolean[]
    ) AS r (manufacturer, model, is_other, is_virtual)
        ON r.manufacturer = s.manufacturer AND r.model = s.model
    WHERE s.outcome = ''
), differing AS MATERIALIZED (
    SELECT w.*
    FROM wanted w
    WHERE NOT w.is_refused
      AND (w.assigned_user, w.location, w.country, w.model, w.purchased_on, w.is_virtual, w.plan)
          IS DISTINCT FROM (
              w.new_assigned_user, w.new_location, w.new_country, w.new_model, w.new_purchased_on,
              w.new_is_virtual, w.new_plan
          )
), updated AS (
    UPDATE devices_device d
    SET assigned_user = n.new_assigned_user,
        location = n.new_location,
        country = n.new_country,
        model = n.new_model,
        purchased_on = n.new_purchased_on,
        is_virtual = n.new_is_virtual,
        plan = n.new_plan,
        updated_at = %(now)s
    FROM differing n
    WHERE d.id = n.id
), history AS (
    INSERT INTO devices_change (
        tenant_id, device_id, at, actor, on_behalf, kind, fields, bulk_run_id, request_id
    )
    SELECT
        %(tenant)s::bigint, n.id, %(now)s, %(actor)s, %(on_behalf)s, 'CHANGED',
        CASE
            WHEN n.assigned_user IS DISTINCT FROM n.new_assigned_user THEN jsonb_build_object(
                'assigned_user', jsonb_build_object('before', n.assigned_user, 'after', n.new_assigned_user)
            ) ELSE '{}'
        END || CASE
            WHEN n.location IS DISTINCT FROM n.new_location THEN jsonb_build_object(
                'location', jsonb_build_object('before', n.location, 'after', n.new_location)
            ) ELSE '{}'
        END || CASE
            WHEN n.country IS DISTINCT FROM n.new_country THEN jsonb_build_object(
                'country', jsonb_build_object('before', n.country, 'after', n.new_country)
            ) ELSE '{}'
        END || CASE
            WHEN n.model IS DISTINCT FROM n.new_model THEN jsonb_build_object(
                'model', jsonb_build_object('before', n.model, 'after', n.new_model)
            ) ELSE '{}'
        END || CASE
            WHEN n.purchased_on IS DISTINCT FROM n.new_purchased_on THEN jsonb_build_object(
                'purchased_on', jsonb_build_object('before', n.purchased_on, 'after', n.new_purchased_on)
            ) ELSE '{}'
        END || CASE
            WHEN n.is_virtual IS DISTINCT FROM n.new_is_virtual THEN jsonb_build_object(
                'is_virtual', jsonb_build_object('before', n.is_virtual, 'after', n.new_is_virtual)
            ) ELSE '{}'
        END || CASE
            WHEN n.plan IS DISTINCT FROM n.new_plan THEN jsonb_build_object(
                'plan', jsonb_build_object('before', n.plan, 'after', n.new_plan)
            ) ELSE '{}'
        END,
        %(run)s::bigint, %(request_id)s
    FROM differing n
    ORDER BY n.id
), written AS (
    INSERT INTO devices_written (device_id, change)
    SELECT n.id, 'QUESTION'
    FROM differing n
    WHERE n.country <> n.new_country OR n.is_virtual <> n.new_is_virtual
)
UPDATE bulk_slice s
SET outcome = CASE
        WHEN w.is_refused THEN 'REFUSED'
        WHEN EXISTS (SELECT FROM differing n WHERE n.id = w.id) THEN 'DONE'
        ELSE 'UNCHANGED'
    END,
    refusal = CASE WHEN w.is_refused THEN 'OTHER_MANUFACTURER' ELSE '' END
FROM wanted w
WHERE s.device_id = w.id
