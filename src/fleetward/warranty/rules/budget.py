"""When a device is due to be replaced: so many years after it came into use."""

from __future__ import annotations

from datetime import date, timedelta

from fleetward.warranty.contracts import BudgetPeriod, PeriodKind

YEARS = range(1, 16)
DEFAULT_YEARS = 5
QUARTERS = 12
MONTHS = 12
MONTHS_OF_QUARTER = 3
DAY = timedelta(days=1)


def years_before(day: date, years: int) -> date:
    """The same day so many years earlier; of 29 February the day before, where there is none."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=day.day - 1)


def budget_periods(today: date, years: int) -> tuple[BudgetPeriod, ...]:
    """What is due already, the rest of this quarter and those after it, what is later, and the
    devices of which nobody knows since when they are in use.
    """
    begins = quarters(today)
    # The days in use since which devices are first due in each quarter, and after all of them.
    firsts = [
        years_before(today, years) + DAY,
        *(years_before(begin, years) for begin in begins[1:]),
    ]
    shown = [
        BudgetPeriod(PeriodKind.QUARTER, begin, first, until - DAY)
        for begin, first, until in zip(begins, firsts, firsts[1:], strict=False)
    ]
    return (
        BudgetPeriod(PeriodKind.PAST, latest=firsts[0] - DAY),
        *shown,
        BudgetPeriod(PeriodKind.LATER, first=firsts[-1]),
        BudgetPeriod(PeriodKind.UNKNOWN),
    )


def quarters(today: date) -> list[date]:
    """The first days of this quarter and of those after it, one more than is told."""
    month = (today.month - 1) // MONTHS_OF_QUARTER * MONTHS_OF_QUARTER
    present = today.year * MONTHS + month
    numbers = [present + MONTHS_OF_QUARTER * n for n in range(QUARTERS + 1)]
    return [date(n // MONTHS, n % MONTHS + 1, 1) for n in numbers]
