"""When a secret is warned of, and the time between calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetward.connections.rules import REMINDERS, Pace, due_reminder, reserve

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


def leave(quota: int, asked: Sequence[float]) -> list[float]:
    """The moments at which calls leave that are asked for at these."""
    pace, left = Pace(0), []
    for now in asked:
        moment, pace = reserve(pace, now, quota)
        left.append(moment)
    return left


@given(
    quota=st.integers(1, 40),
    pauses=st.lists(st.floats(0, 90) | st.just(0.0), min_size=1, max_size=120),
)
def test_w15_no_minute_sees_more_calls_than_the_quota_even_if_some_come_late(
    quota: int, pauses: list[float]
) -> None:
    left = leave(quota, list(accumulate(pauses, initial=1e9)))
    for first, beyond in zip(left, left[quota:], strict=False):
        assert beyond - first >= 60.5


@pytest.mark.parametrize("quota", [1, 60, 600])
def test_w15_whoever_always_asks_uses_98_percent_of_the_quota(quota: int) -> None:
    left = leave(quota, [1e9] * (quota * 5 + 1))
    assert (left[-1] - left[0]) / 60 <= 5 / 0.98


def test_w15_time_in_which_nobody_called_is_made_up_for() -> None:
    late = leave(600, [1e9] * 100 + [1e9 + 12] * 500)
    assert late[-1] - late[0] < 60


def test_w15_calls_are_spread_over_the_minute() -> None:
    left = leave(60, [1e9] * 10)
    assert left[-1] - left[0] == pytest.approx(9 * 0.9)
