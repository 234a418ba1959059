-- Purpose: how many devices a scheduled run of a day would visit (W7): due then, and can be asked about.
--   The same as plan_batches takes with `due_on`, but counted up to `most` only. Coverage comes first,
--   since few are due as a rule. Unless it is marked, no device is due on the day of its attempt: that is asked first, because
--   days of a zone take long. Devices are reached by their key (OFFSET), so that a few cost little.
-- Params: tenants bigint[], locations bigint[], capability text (the door); tenant bigint; due_on date;
--   zone text (the tenant's days); most integer; providers jsonb, junk text[] (see plan_batches).
-- Reads: warranty_coverage, devices_device. Writes: nothing. Lock order: none.
-- Index: devices_device_pkey (and passes over the tenant's coverage). Largest size: 1,000,000 devices.
WITH offer AS MATERIALIZED (
    SELECT *
    FROM jsonb_to_recordset(%(providers)s::jsonb) AS p (
        manufacturer text, provider text, needs_product_number boolean, needs_country boolean,
        enrolled_only boolean, setup text
    )
    WHERE provider <> '' AND setup = ''
),
due AS MATERIALIZED (
    SELECT c.device_id, c.manufacturer
    FROM warranty_coverage c
    WHERE c.tenant_id = %(tenant)s
      AND c.manufacturer = ANY (ARRAY(SELECT manufacturer FROM offer))
      AND (
          c.is_due
          OR (
              (
                  c.attempted_at IS NULL
                  OR c.attempted_at < %(due_on)s::timestamp AT TIME ZONE %(zone)s
              )
              AND coalesce(
                  warranty_next_look(
                      c.ends_on, c.latest_error, (c.attempted_at AT TIME ZONE %(zone)s)::date
                  ) <= %(due_on)s::date,
                  true
              )
          )
      )
)
SELECT count(*)
FROM (
    SELECT
    FROM due
    CROSS JOIN LATERAL (
        SELECT v.is_virtual, v.serial, v.product_number, v.country, v.enrolled_at
        FROM devices_visible(
            %(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s
        ) v
        WHERE v.id = due.device_id AND v.tenant_id + 0 = %(tenant)s AND v.is_active
        OFFSET 0
    ) d
    JOIN offer ON offer.manufacturer = due.manufacturer
    CROSS JOIN LATERAL (SELECT devices_junk_key(d.serial) AS junk_key OFFSET 0) k
    LEFT JOIN unnest(%(junk)s::text[]) j ON j = k.junk_key
    WHERE warranty_device_reason(
        d.is_virtual, d.serial, k.junk_key = '' OR j IS NOT NULL, d.product_number, d.country,
        d.enrolled_at IS NOT NULL, true, false,
        coalesce(offer.needs_product_number, false), coalesce(offer.needs_country, false),
        coalesce(offer.enrolled_only, false)
    ) = ''
    LIMIT %(most)s
) AS counted
