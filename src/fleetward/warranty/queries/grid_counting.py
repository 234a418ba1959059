"""Whole numbers of many devices: from the counters of coverage, or by one pass over the devices."""

from __future__ import annotations

from fleetward.warranty.queries import grid_sql
from fleetward.warranty.queries.grid_filter import StoredFilter
from fleetward.warranty.queries.grid_plan import Question, any_segment, plan_for

# Whole tables are joined by hashing: of 500,000 devices that takes 1.1 s instead of 1.9.
HASHED = {"enable_nestloop": "off"}

# Counters under the names of the columns of coverage: what asks coverage alone, asks these.
TALLY = """(
    SELECT t.tenant_id, t.manufacturer, t.reason, t.is_simulated, t.devices,
        nullif(t.ends_on, date '0001-01-01') AS ends_on
    FROM warranty_tally t WHERE t.tenant_id = %(tenant)s
) c"""


def tally_of(question: Question) -> tuple[str, dict[str, object]]:
    """What the counters (`warranty_tally`) would hold of the devices that a filter leaves."""
    only = question.only
    if only.is_tallied:
        stored = StoredFilter(only, question.segments)
        where = grid_sql.stored_condition(stored, "of", has_coverage=True)
        read, devices, grouped = TALLY, "c.devices", ""
    else:
        plan = plan_for(question)
        driver = plan.whole
        where = grid_sql.conditions(only, tenant=question.tenant, driver=driver)
        for one in any_segment(question):
            where.add(one.text, **one.params)
        where = where.named("of")
        where.params |= plan.params
        read = grid_sql.source(only, driver)
        devices, grouped = "count(*)::integer", "GROUP BY 1, 2, 3, 4, 5"
    text = f"""
        SELECT c.tenant_id, c.manufacturer, coalesce(c.ends_on, date '0001-01-01') AS ends_on,
            c.reason, c.is_simulated, {devices} AS devices
        FROM {read} WHERE {where.text} {grouped}
    """  # noqa: S608 - constants
    return text, question.params | where.params
