-- Purpose: the gaps and doubles of a tenant's active devices in numbers: for each kind (flaws, devices,
--   days, those that are not over, whether a simulator told of some), and the gaps to come that have a
--   day of each quarter (flaws, devices).
-- Params: tenants, locations bigint[]; capability text (the door); tenant bigint; today date; firsts,
--   latests date[] (of the quarters).
-- Reads: warranty_coverage, warranty_entitlement, devices_device. Writes: nothing. Lock order: none.
-- Index: none (a pass over a tenant's entitlements reads whole tables where it has most of the rows).
-- Largest size: 240,000 devices in one tenant of 480,000.
WITH found AS MATERIALIZED (
    SELECT
        CASE
            WHEN NOT f.is_gap THEN 'DOUBLE'
            WHEN f.ends_on >= %(today)s::date THEN 'GAP_AHEAD'
            ELSE 'GAP_PAST'
        END AS kind,
        f.device_id, f.starts_on, f.ends_on, f.is_simulated
    FROM warranty_flaws(%(tenant)s::bigint) f
    CROSS JOIN LATERAL (
        SELECT
        FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
        WHERE d.id = f.device_id AND d.tenant_id = %(tenant)s::bigint AND d.is_active
        OFFSET 0
    ) d
    WHERE true /* or in some groups */
)
SELECT
    kind,
    NULL::date AS first,
    count(*),
    count(DISTINCT device_id),
    coalesce(sum(ends_on - starts_on + 1) FILTER (WHERE ends_on < '9999-12-31'), 0)::bigint,
    count(*) FILTER (WHERE ends_on >= %(today)s::date),
    bool_or(is_simulated)
FROM found
GROUP BY kind
UNION ALL
SELECT f.kind, q.first, count(*), count(DISTINCT f.device_id), 0, 0, false
FROM unnest(%(firsts)s::date[], %(latests)s::date[]) AS q (first, latest)
JOIN found f
    ON f.kind = 'GAP_AHEAD' AND f.starts_on <= q.latest AND f.ends_on >= greatest(q.first, %(today)s::date)
GROUP BY f.kind, q.first
