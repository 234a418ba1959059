-- Purpose: all figures of the dashboard of one tenant from one filtered set (W12).
-- Params: tenants bigint[] (the scope), tenant bigint, today date, expiring_days int,
--         manufacturers text[] (empty: all), statuses text[] (empty: all).
-- Where groups narrow it, `queries.dashboard` puts what it counts itself in the place of the table.
-- Reads: warranty_tally. Writes: nothing. Lock order: none.
-- Index: warranty_tally_key. Largest size: 240,000 devices in one tenant (9,000 tally rows).
WITH counted AS (
    SELECT
        t.manufacturer,
        CASE
            WHEN t.reason <> '' THEN 'UNKNOWN'
            WHEN t.ends_on < %(today)s::date THEN 'OUT'
            WHEN t.ends_on <= %(today)s::date + %(expiring_days)s::int THEN 'EXPIRING'
            ELSE 'IN'
        END AS status,
        t.reason,
        CASE
            WHEN t.reason = ''
             AND t.ends_on >= date_trunc('month', %(today)s::date) - interval '18 months'
             AND t.ends_on < date_trunc('month', %(today)s::date) + interval '19 months'
            THEN date_trunc('month', t.ends_on)::date
        END AS month,
        t.reason = '' AND t.ends_on BETWEEN %(today)s::date AND %(today)s::date + 30 AS is_soon,
        t.is_simulated,
        t.devices
    FROM warranty_tally t
    WHERE t.tenant_id = ANY (%(tenants)s::bigint[])
      AND t.tenant_id = %(tenant)s::bigint
      AND t.devices > 0
      AND (cardinality(%(manufacturers)s::text[]) = 0
           OR t.manufacturer = ANY (%(manufacturers)s::text[]))
)
SELECT
    CASE GROUPING(manufacturer, reason, month)
        WHEN 3 THEN 'VENDOR' WHEN 5 THEN 'REASON' ELSE 'MONTH'
    END AS kind,
    coalesce(manufacturer, reason, month::text, '') AS key,
    status,
    sum(devices)::bigint AS devices,
    coalesce(sum(devices) FILTER (WHERE is_soon), 0)::bigint AS soon,
    coalesce(sum(devices) FILTER (WHERE is_simulated), 0)::bigint AS simulated
FROM counted
WHERE cardinality(%(statuses)s::text[]) = 0 OR status = ANY (%(statuses)s::text[])
GROUP BY GROUPING SETS ((manufacturer, status), (status, reason), (month, status))
HAVING sum(devices) > 0
