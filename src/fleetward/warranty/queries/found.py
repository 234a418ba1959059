"""The devices that a filter leaves, as a statement that a selection is filled by."""

from __future__ import annotations

from fleetward.devices.bulk.contracts import Found
from fleetward.warranty.queries import grid_sql
from fleetward.warranty.queries.export import suit_planner
from fleetward.warranty.queries.grid_plan import Question, any_segment, plan_for


def found_devices(question: Question) -> Found:
    """Within the transaction of an action that has required a right. By id, as they are stored."""
    only, plan = question.only, plan_for(question)
    driver = plan.whole
    has_coverage = only.is_active and only.asks_coverage
    where = grid_sql.conditions(
        only, tenant=question.tenant, driver=driver, has_coverage=has_coverage
    )
    for one in any_segment(question):
        where.add(one.text, **one.params)
    read = grid_sql.source(only, driver, has_coverage=has_coverage)
    text = f"SELECT d.id, d.updated_at FROM {read} WHERE {where.text} ORDER BY d.id"  # noqa: S608
    suit_planner(plan)
    return Found(text, question.params | where.params | plan.params)
