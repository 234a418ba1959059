"""When a device is due to be replaced: so many years after it came into use."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from fleetward.warranty.contracts import Budget, BudgetLine, BudgetPeriod, BudgetTotal, PeriodKind
from fleetward.warranty.rules import budget_periods, years_before

DAY = timedelta(days=1)
TODAY = date(2026, 11, 22)


def due_in(in_use_from: date, today: date, years: int) -> list[BudgetPeriod]:
    """Every period whose days hold this one."""
    return [
        period
        for period in budget_periods(today, years)[:-1]
        if (period.first or date.min) <= in_use_from <= (period.latest or date.max)
    ]


@pytest.mark.parametrize("years", [1, 5, 15])
@pytest.mark.parametrize(
    "today", [TODAY, date(2027, 1, 1), date(2026, 12, 31), date(2024, 2, 29), date(2027, 2, 28)]
)
def test_each_day_is_in_one_period(today: date, years: int) -> None:
    day = years_before(today, years) - 400 * DAY
    while day < today + 400 * DAY:
        assert len(due_in(day, today, years)) == 1, day
        day += DAY


def test_a_device_is_due_on_the_day_of_its_age() -> None:
    assert due_in(date(2021, 11, 22), TODAY, 5)[0].kind is PeriodKind.PAST
    (this,) = due_in(date(2021, 11, 23), TODAY, 5)
    assert (this.kind, this.begins_on) == (PeriodKind.QUARTER, date(2026, 10, 1))
    (following,) = due_in(date(2022, 1, 1), TODAY, 5)
    assert following.begins_on == date(2027, 1, 1)


def test_there_are_twelve_quarters_between_past_and_later() -> None:
    kinds = [period.kind for period in budget_periods(TODAY, 5)]
    ends = [PeriodKind.LATER, PeriodKind.UNKNOWN]
    assert kinds == [PeriodKind.PAST, *[PeriodKind.QUARTER] * 12, *ends]
    assert budget_periods(TODAY, 5)[12].begins_on == date(2029, 7, 1)


def test_a_leap_day_has_a_day_in_every_year() -> None:
    assert years_before(date(2024, 2, 29), 1) == date(2023, 2, 28)
    assert years_before(date(2024, 2, 29), 4) == date(2020, 2, 29)


def test_what_is_in_use_since_a_leap_day_is_due_on_1_march() -> None:
    leap_day = date(2024, 2, 29)
    (before,) = due_in(leap_day, date(2025, 2, 28), 1)
    assert (before.kind, before.begins_on) == (PeriodKind.QUARTER, date(2025, 1, 1))
    assert due_in(leap_day, date(2025, 3, 1), 1)[0].kind is PeriodKind.PAST


def test_what_has_no_cost_costs_nothing_and_is_told() -> None:
    periods = (BudgetPeriod(PeriodKind.PAST), BudgetPeriod(PeriodKind.UNKNOWN))
    lines = [BudgetLine("Dell", "A", 900, 900, (2, 1)), BudgetLine("HP", "B", None, None, (3, 0))]
    budget = Budget(TODAY, 5, periods, lines, None, "")
    assert (budget.devices, budget.amounts, budget.without_cost) == ((5, 1), (1800, 900), 3)
    assert (budget.has_costs, budget.uncosted) == (True, (3, 0))
    assert budget.total(slice(2)) == BudgetTotal(6, 2700, 3)


def test_a_sum_of_nothing_but_unknown_costs_is_not_known() -> None:
    periods = (BudgetPeriod(PeriodKind.PAST), BudgetPeriod(PeriodKind.UNKNOWN))
    lines = [BudgetLine("HP", "B", None, None, (3, 0))]
    none = Budget(TODAY, 5, periods, lines, None, "")
    assert none.has_costs is False
    assert [none.total(slice(n, n + 1)).amount for n in (0, 1)] == [None, None]
    some = replace(none, lines=[*lines, BudgetLine("Dell", "A", 900, 900, (0, 0))])
    assert [some.total(slice(n, n + 1)).amount for n in (0, 1)] == [None, 0]
    assert replace(none, default_cost=0).has_costs
