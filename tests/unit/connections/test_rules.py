"""When a secret is warned of, and the time between calls."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from fleetward.connections.rules import REMINDERS, call_interval, due_reminder

END = date(2027, 3, 1)


@pytest.mark.parametrize("days", REMINDERS)
def test_w3_each_warning_is_due_on_its_day_and_once(days: int) -> None:
    day = END - timedelta(days=days)
    assert due_reminder(END, day, None) == days
    assert due_reminder(END, day, days) is None


def test_w3_nothing_is_due_before_sixty_days() -> None:
    assert due_reminder(END, END - timedelta(days=61), None) is None


@pytest.mark.parametrize(("left", "reminded", "due"), [(5, 60, 7), (0, 7, 1), (-3, 1, None)])
def test_w3_after_downtime_only_the_most_urgent_warning_is_given(
    left: int, reminded: int, due: int | None
) -> None:
    assert due_reminder(END, END - timedelta(days=left), reminded) == due


def test_w15_calls_leave_a_little_slower_than_the_quota_and_use_98_percent() -> None:
    per_minute = timedelta(minutes=1) / call_interval(600)
    assert 600 * 0.98 < per_minute < 600


def test_without_a_quota_nothing_waits() -> None:
    assert call_interval(0) == timedelta(0)
