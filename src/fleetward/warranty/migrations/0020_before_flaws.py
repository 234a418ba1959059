"""Gaps and doubles between the entitlements of devices. Runs before new code.

Locks: the table of coverage, for the instant that a column with a constant default takes. Until they
are computed again all devices may be flawed, which costs a reader time and nothing else.
"""

from django.db import migrations, models

# `may_be_flawed` leaves out the many devices whose lines follow each other, which are looked at when
# coverage is computed (`recompute_coverage.sql`): of 240,000 devices that is 3 s for each reader.
# Twin of `rules.gaps` of `rules.covered_periods`, and of `rules.doubles`, for all active
# devices of a tenant. `first_id` is the line that ends a gap, or the first of the two lines of a double. A line
# without end ends on 9999-12-31 (W19). Which lines count is told as in `recompute_coverage.sql`.
# Windows over one sorted pass, and no join of the lines with themselves: row-level security hides
# from the planner how many there are, and it would compare every two of a tenant (minutes). `kept`
# are the few lines that matter: before a gap ends, or of a device whose lines overlap.
FLAWS = """
CREATE FUNCTION warranty_flaws(tenant bigint) RETURNS TABLE (
    is_gap boolean, device_id bigint, starts_on date, ends_on date, first_id bigint,
    second_id bigint, is_simulated boolean
) LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH line AS (
        SELECT
            w.id, w.device_id, w.source, w.kind, coalesce(nullif(w.code, ''), w.name) AS service,
            w.number, w.starts_on, coalesce(w.ends_on, '9999-12-31') AS last_day, w.is_simulated,
            w.is_cover
            AND NOT w.is_cancelled
            AND CASE WHEN w.ends_on IS NULL THEN w.is_rolling
                ELSE coalesce(w.starts_on <= w.ends_on, true) END AS counts,
            bool_or(w.source = 'manual') OVER of_device AS has_manual
        FROM warranty_coverage c
        JOIN warranty_entitlement w ON w.device_id = c.device_id
        WHERE c.tenant_id = tenant AND c.may_be_flawed AND w.tenant_id = tenant
        -- In the order of the next window, so that one sorting serves all of them.
        WINDOW of_device AS (
            PARTITION BY w.device_id ORDER BY w.starts_on NULLS FIRST
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        )
    ),
    reached AS (
        SELECT
            line.*,
            max(last_day) OVER before AS reached,
            bool_or(line.is_simulated) OVER before AS is_before_simulated
        FROM line
        WHERE counts AND (source = 'manual' OR NOT has_manual)
        WINDOW before AS (
            PARTITION BY line.device_id ORDER BY line.starts_on NULLS FIRST
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
    ),
    overlapping AS (
        SELECT
            reached.*,
            bool_or(reached.starts_on < reached) OVER (PARTITION BY reached.device_id) AS has_overlap
        FROM reached
    ),
    kept AS MATERIALIZED (
        SELECT * FROM overlapping WHERE has_overlap OR overlapping.starts_on > reached + 1
    ),
    told_once AS (
        SELECT
            kept.device_id, source, service, kind, kept.starts_on, last_day, min(id) AS id,
            bool_or(kept.is_simulated) AS is_simulated
        FROM kept
        WHERE has_overlap AND kept.starts_on IS NOT NULL AND service <> ''
        GROUP BY 1, 2, 3, 4, 5, 6, number
    ),
    paired AS (
        SELECT
            told_once.*,
            array_agg(id) OVER earlier AS ids,
            array_agg(kind) OVER earlier AS kinds,
            array_agg(last_day) OVER earlier AS last_days,
            array_agg(told_once.is_simulated) OVER earlier AS marks
        FROM told_once
        WINDOW earlier AS (
            PARTITION BY told_once.device_id, source, service ORDER BY told_once.starts_on, id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
    )
    SELECT
        true, k.device_id, k.reached + 1, k.starts_on - 1, k.id, 0::bigint,
        k.is_simulated OR k.is_before_simulated
    FROM kept k
    WHERE k.starts_on > k.reached + 1
    UNION ALL
    SELECT
        false, p.device_id, p.starts_on, least(p.last_day, e.last_day), e.id, p.id,
        p.is_simulated OR e.is_simulated
    FROM paired p
    CROSS JOIN LATERAL unnest(p.ids, p.kinds, p.last_days, p.marks)
        AS e (id, kind, last_day, is_simulated)
    WHERE p.ids IS NOT NULL
      AND NOT (p.kind = 'BASE' AND e.kind = 'BASE')
      AND p.starts_on < least(p.last_day, e.last_day);
END
"""


class Migration(migrations.Migration):
    dependencies = [("warranty", "0019_before_replacement_costs")]
    operations = [
        migrations.AddField(
            model_name="coverage",
            name="may_be_flawed",
            field=models.BooleanField(db_default=True),
        ),
        migrations.RunSQL(FLAWS, "DROP FUNCTION warranty_flaws"),
    ]
