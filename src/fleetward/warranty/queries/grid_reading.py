"""One statement that reads rows of a device list, and what it takes to ask it of all customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fleetward.infra import sql
from fleetward.warranty.queries import grid_sql
from fleetward.warranty.queries.grid_filter import Order
from fleetward.warranty.queries.grid_plan import Plan, Question
from fleetward.warranty.queries.grid_span import first_of_all
from fleetward.warranty.queries.grid_sql import Driver, Mark
from fleetward.warranty.queries.grid_where import Where


@dataclass(frozen=True, slots=True)
class Stretch:
    """Conditions under which an order is read; `is_unknown`: where nothing has a day."""

    conditions: Sequence[Where]
    is_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """The rows of a stretch in an order, beyond a mark that stands in its conditions."""

    question: Question
    plan: Plan
    order: Order
    mark: Mark | None
    stretch: Stretch

    def rows(self, most: int) -> list[tuple[Any, ...]]:
        """The first of them, with the keys of the order behind the columns."""
        columns = f"{grid_sql.COLUMNS}, {grid_sql.named_keys(self.order)}"
        if not self.question.is_spanning or self.plan.sorts:
            return self._fetch(columns, self.stretch.conditions, most)
        end = self._end(most)
        conditions = [*self.stretch.conditions, *([end] if end else [])]
        return self._fetch(columns, conditions, most, most)

    def _end(self, most: int) -> Where | None:
        """Where a page over all customers ends at the latest: found among the first of each.

        The first 51 of 500 customers would be 25,500 rows to sort. The 51st of the 500 which are
        each the first of one lies behind the page, and few rows lie before it.
        """
        customers = len(self.question.within)
        each = most // max(customers, 1) + 1
        if each >= most:
            return None
        columns = grid_sql.named_keys(self.order)
        found = self._fetch(columns, self.stretch.conditions, each, most)
        if len(found) < most:
            return None
        is_unknown = self.stretch.is_unknown
        last = Mark(found[-1], is_after=self.mark is None or self.mark.is_after)
        return grid_sql.until(self.order, last, in_unknown=is_unknown)

    def _fetch(
        self, columns: str, conditions: Sequence[Where], most: int, of_all: int = 0
    ) -> list[tuple[Any, ...]]:
        """The first rows in the order; or the first of each customer, and `of_all` of these."""
        text, params = selected(columns, self.question, self.plan, conditions, self.order)
        text = f"{text} ORDER BY {grid_sql.order_by(self.order, self.mark)} LIMIT {most}"
        if of_all:
            text = first_of_all(text, grid_sql.order_by_names(self.order, self.mark), of_all)
        return sql.fetch_text(self.question.asked(text), params, **self.plan.settings)


def selected(
    columns: str,
    question: Question,
    plan: Plan,
    extra: Sequence[Where],
    order: Order | None = None,
) -> tuple[str, dict[str, object]]:
    """A statement put together from constants of grid_sql; values travel as parameters (S608)."""
    only = question.only
    driver = plan.driver(only, order)
    # A page shows coverage; a number needs it only where the filter does.
    has_coverage = order is not None or driver is Driver.COVERAGE or only.asks_coverage
    where = grid_sql.conditions(
        only, tenant=question.tenant, driver=driver, has_coverage=has_coverage
    )
    if plan.candidates is not None and driver is not Driver.CANDIDATES:
        where.parts.append(grid_sql.among_candidates(driver))
    for one in extra:
        where.add(one.text, **one.params)
    params = question.params | where.params | plan.params
    read = grid_sql.source(only, driver, has_coverage=has_coverage)
    return f"SELECT {columns} FROM {read} WHERE {where.text}", params  # noqa: S608
