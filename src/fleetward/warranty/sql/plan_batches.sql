-- Purpose: put the next slice of a tenant's devices into the batches of a run: one batch for each
--   call at a provider, and closed ones for devices that cannot be asked about, by reason (W11).
--   They keep what the devices are now. Tells how many, the last one, and with `only` each of them.
--   Their reason is stored with the coverage, except where an earlier answer is known (W13).
--   Of a scheduled run (with `due_on`) only devices that are due and can be asked about are planned.
-- Params: tenants bigint[], locations bigint[], capability text (the door); tenant bigint; run
--   bigint; after bigint; most integer; only bigint[] or null; now timestamptz; due_on date or null,
--   zone text (the tenant's days); providers jsonb: a list of {manufacturer, provider, max_batch, needs_product_number, needs_country, enrolled_only,
--   setup, is_other_company}, setup being the reason why the connection cannot be used, or '';
--   junk text[]: keys of the serials that identify nothing.
-- Reads: devices_device, warranty_coverage. Writes: warranty_batch, warranty_coverage (and
--   warranty_tally by trigger). Index: devices_device_tenant_id.
-- Lock order: coverage by device, as whoever stores answers. Largest size: 50,000 devices.
WITH slice AS MATERIALIZED (
    SELECT d.id, d.manufacturer, d.serial, d.product_number, d.country, d.name, d.is_virtual,
        d.enrolled_at
    FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
    WHERE d.tenant_id = %(tenant)s
      AND d.is_active
      AND d.id > %(after)s
      AND (%(only)s::bigint[] IS NULL OR d.id = ANY (%(only)s::bigint[]))
      AND (
          %(due_on)s::date IS NULL
          OR EXISTS (
              SELECT FROM warranty_coverage c
              WHERE c.device_id = d.id
                AND c.tenant_id + 0 = %(tenant)s
                AND (
                    c.is_due
                    OR coalesce(
                        warranty_next_look(
                            c.ends_on, c.latest_error, (c.attempted_at AT TIME ZONE %(zone)s)::date
                        ) <= %(due_on)s::date,
                        true
                    )
                )
          )
      )
    ORDER BY d.id
    LIMIT %(most)s
),
judged AS MATERIALIZED (
    SELECT
        s.*,
        coalesce(p.provider, '') AS provider,
        p.max_batch,
        coalesce(
            nullif(
                warranty_device_reason(
                    s.is_virtual, s.serial, k.junk_key = '' OR j IS NOT NULL, s.product_number,
                    s.country, s.enrolled_at IS NOT NULL, coalesce(p.provider, '') <> '',
                    coalesce(p.is_other_company, false),
                    coalesce(p.needs_product_number, false), coalesce(p.needs_country, false),
                    coalesce(p.enrolled_only, false)
                ), ''
            ),
            p.setup
        ) AS reason
    FROM slice s
    LEFT JOIN jsonb_to_recordset(%(providers)s::jsonb) AS p (
        manufacturer text, provider text, max_batch integer, needs_product_number boolean,
        needs_country boolean, enrolled_only boolean, setup text, is_other_company boolean
    ) ON p.manufacturer = s.manufacturer
    CROSS JOIN LATERAL (SELECT devices_junk_key(s.serial) AS junk_key OFFSET 0) k
    LEFT JOIN unnest(%(junk)s::text[]) j ON j = k.junk_key
),
taken AS (
    SELECT * FROM judged WHERE %(due_on)s::date IS NULL OR reason = ''
),
numbered AS (
    SELECT
        *,
        (row_number() OVER (PARTITION BY provider, reason ORDER BY id) - 1)
            / CASE WHEN reason = '' THEN max_batch ELSE 5000 END AS part
    FROM taken
),
planned AS (
    INSERT INTO warranty_batch (
        tenant_id, run_id, provider, state, device_ids, manufacturers, serials, product_numbers,
        countries, names, outcomes, tally, due_at, finished_at
    )
    SELECT
        %(tenant)s, %(run)s, provider,
        CASE WHEN reason = '' THEN 'OPEN' ELSE 'SKIPPED' END,
        array_agg(id ORDER BY id),
        array_agg(manufacturer ORDER BY id),
        array_agg(serial ORDER BY id),
        array_agg(product_number ORDER BY id),
        array_agg(country ORDER BY id),
        array_agg(name ORDER BY id),
        array_fill(reason, ARRAY[count(*)::integer]),
        CASE WHEN reason = '' THEN '{}'::jsonb ELSE jsonb_build_object(reason, count(*)) END,
        %(now)s,
        CASE WHEN reason = '' THEN NULL ELSE %(now)s END::timestamptz
    FROM numbered
    GROUP BY provider, reason, part
    ORDER BY min(id)
),
held AS MATERIALIZED (
    SELECT c.device_id, j.reason
    FROM taken j
    JOIN warranty_coverage c ON c.device_id = j.id AND c.tenant_id + 0 = %(tenant)s
    WHERE j.reason <> ''
      AND (c.latest_error <> j.reason OR (c.checked_at IS NULL AND c.unknown_reason <> j.reason))
    ORDER BY c.device_id
    FOR UPDATE OF c
),
told AS (
    UPDATE warranty_coverage c
    SET latest_error = h.reason,
        unknown_reason = CASE WHEN c.checked_at IS NULL THEN h.reason ELSE c.unknown_reason END,
        reason = CASE
            WHEN c.ends_on IS NULL AND c.checked_at IS NULL THEN h.reason ELSE c.reason
        END
    FROM held h
    WHERE c.device_id = h.device_id AND c.tenant_id + 0 = %(tenant)s
)
SELECT
    count(*),
    (SELECT coalesce(max(id), 0) FROM slice),
    array_agg(id) FILTER (WHERE %(only)s::bigint[] IS NOT NULL)
FROM taken
