"""Which reminders are due on a day (S9)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from fleetward.warranty.rules import due_reminders, is_unsent

DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("left", "due"),
    [(91, set()), (90, {90}), (31, {90}), (30, {90, 30}), (0, {90, 30, 7}), (-1, set())],
)
def test_s9_thresholds_are_due_from_their_day_to_the_end(left: int, due: set[int]) -> None:
    ends_on = DAY + timedelta(left)
    found = due_reminders(ends_on, thresholds=(90, 30, 7), told=(), seen_from=DAY, today=DAY)
    assert found == due


def test_s9_what_was_told_is_not_told_again() -> None:
    found = due_reminders(DAY, thresholds=(90, 30, 7), told=(90,), seen_from=DAY, today=DAY)
    assert found == {30, 7}


def test_s9_an_end_that_nobody_saw_is_told_after_it() -> None:
    ends_on = DAY - timedelta(3)
    found = due_reminders(ends_on, thresholds=(7,), told=(), seen_from=ends_on, today=DAY)
    assert found == {7}


def test_s9_unknown_coverage_is_quiet() -> None:
    assert not due_reminders(None, thresholds=(7,), told=(), seen_from=DAY, today=DAY)


@pytest.mark.parametrize(
    ("hour", "done", "is_late"), [(2, 1, False), (3, 1, True), (23, 0, False), (0, 2, True)]
)
def test_s9_a_day_is_unsent_when_it_began_hours_ago(hour: int, done: int, is_late: bool) -> None:
    local = datetime(2026, 11, 22, hour, tzinfo=ZoneInfo("Europe/Paris"))
    assert is_unsent(local, DAY - timedelta(done)) == is_late
