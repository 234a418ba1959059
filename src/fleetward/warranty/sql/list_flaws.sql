-- Purpose: the gaps and doubles of one kind that a tenant's active devices have, with what they are told
--   by. Gaps to come in the order in which they begin, others those that end last first.
-- Params: tenants, locations bigint[]; capability text (the door); tenant bigint; kind text; today date;
--   first_day, last_day date or null (those with a day of these); after bigint[] (the place of the last row
--   that is known, or empty); most integer.
-- Reads: warranty_coverage, warranty_entitlement, devices_device. Writes: nothing. Lock order: none.
-- Index: warranty_entitlement_pkey (a pass over a tenant's entitlements reads whole tables where it has
--   most of the rows). Largest size: 240,000 devices in one tenant of 480,000.
WITH found AS (
    SELECT
        f.*,
        d.uid, d.name, d.manufacturer, d.serial, d.model,
        ARRAY[
            CASE %(kind)s
                WHEN 'GAP_AHEAD' THEN f.starts_on - date '0001-01-01'
                ELSE date '9999-12-31' - f.ends_on
            END,
            f.device_id, f.first_id, f.second_id
        ]::bigint[] AS place
    FROM warranty_flaws(%(tenant)s::bigint) f
    CROSS JOIN LATERAL (
        SELECT d.uid, d.name, d.manufacturer, d.serial, d.model
        FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
        WHERE d.id = f.device_id AND d.tenant_id = %(tenant)s::bigint AND d.is_active
        OFFSET 0
    ) d
    WHERE true /* or in some groups */
      AND CASE %(kind)s
              WHEN 'GAP_AHEAD' THEN f.is_gap AND f.ends_on >= %(today)s::date
              WHEN 'GAP_PAST' THEN f.is_gap AND f.ends_on < %(today)s::date
              ELSE NOT f.is_gap
          END
      AND (%(first_day)s::date IS NULL OR f.ends_on >= %(first_day)s::date)
      AND (%(last_day)s::date IS NULL OR f.starts_on <= %(last_day)s::date)
),
page AS (
    SELECT * FROM found WHERE place > %(after)s::bigint[] ORDER BY place LIMIT %(most)s::integer
)
SELECT
    p.place, p.uid, p.name, p.manufacturer, p.serial, p.model, p.starts_on,
    nullif(p.ends_on, date '9999-12-31'), p.is_simulated,
    one.kind, coalesce(nullif(one.name, ''), one.code), one.number, one.starts_on, one.ends_on,
    other.kind, coalesce(nullif(other.name, ''), other.code), other.number, other.starts_on, other.ends_on
FROM page p
JOIN warranty_entitlement one ON one.id = p.first_id
LEFT JOIN warranty_entitlement other ON other.id = p.second_id
ORDER BY p.place
