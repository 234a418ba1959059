"""Covered stretches of time and the gaps between them."""

from __future__ import annotations

from datetime import date

from fleetward.warranty.contracts import Entitlement, EntitlementKind
from fleetward.warranty.rules import Period, covered_periods, gaps


def line(starts_on: date | None, ends_on: date | None) -> Entitlement:
    return Entitlement(
        "dell", "ND", "Cover", EntitlementKind.BASE, starts_on, ends_on, is_rolling=True
    )


def day(text: str) -> date:
    return date.fromisoformat(text)


def periods(*lines: Entitlement) -> tuple[Period, ...]:
    return covered_periods(lines, [])


def test_lines_that_follow_each_other_are_one_period() -> None:
    first = line(day("2024-01-01"), day("2024-12-31"))
    second = line(day("2025-01-01"), day("2025-12-31"))
    assert periods(second, first) == (Period(day("2024-01-01"), day("2025-12-31")),)


def test_a_line_inside_another_does_not_shorten_it() -> None:
    outer = line(day("2024-01-01"), day("2026-12-31"))
    inner = line(day("2025-01-01"), day("2025-06-30"))
    assert periods(outer, inner) == (Period(day("2024-01-01"), day("2026-12-31")),)


def test_a_free_day_is_a_gap_of_that_day() -> None:
    found = periods(
        line(day("2024-01-01"), day("2024-12-31")), line(day("2025-01-02"), day("2025-12-31"))
    )
    assert len(found) == 2
    assert gaps(found) == (Period(day("2025-01-01"), day("2025-01-01")),)


def test_open_sides_stay_open() -> None:
    found = periods(
        line(None, day("2024-12-31")),
        line(None, day("2023-12-31")),
        line(day("2026-01-01"), None),
        line(day("2027-01-01"), day("2028-01-01")),
    )
    assert found == (Period(None, day("2024-12-31")), Period(day("2026-01-01"), None))
    assert gaps(found) == (Period(day("2025-01-01"), day("2025-12-31")),)


def test_open_period_has_no_gap_after_it() -> None:
    assert gaps([Period(None, None), Period(day("2026-01-01"), None)]) == ()


def test_the_last_day_of_the_calendar_is_no_trouble() -> None:
    found = periods(line(date.min, date.max), line(date.max, date.max))
    assert found == (Period(date.min, date.max),)
