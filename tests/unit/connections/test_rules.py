"""When a secret is warned of, the time between calls, and changes of two people at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetward.connections.contracts import Draft, Limits, Terms
from fleetward.connections.rules import (
    DAY_SECONDS,
    MIDNIGHT_SECONDS,
    REMINDERS,
    Pace,
    due_reminder,
    kept_up,
    overtaken,
    reserve,
)

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


def leave(limits: Limits | int, asked: Sequence[float]) -> list[float]:
    """The moments at which calls leave that are asked for at these; a number is of a minute."""
    pace, left = Pace(0), []
    for now in asked:
        kept = limits if isinstance(limits, Limits) else Limits(per_minute=limits)
        moment, pace = reserve(pace, now, kept)
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


NOON = 20_000.5 * DAY_SECONDS
LIMITS = st.builds(Limits, per_minute=st.sampled_from([0, 2, 30]), per_day=st.integers(1, 6))


@given(limits=LIMITS, pauses=st.lists(st.sampled_from([0, 1, 40_000]), max_size=30))
def test_w15_no_utc_day_sees_more_calls_than_its_quota_whenever_they_arrive(
    limits: Limits, pauses: list[int]
) -> None:
    left = leave(limits, list(accumulate(pauses, initial=NOON)))
    assert left == sorted(left)
    for late in (-0.9 * MIDNIGHT_SECONDS, 0, 0.9 * MIDNIGHT_SECONDS):
        days = Counter((moment + late) // DAY_SECONDS for moment in left)
        assert max(days.values()) <= limits.per_day
    if limits.per_minute:
        for first, beyond in zip(left, left[limits.per_minute :], strict=False):
            assert beyond - first >= 60.5


def test_w15_a_day_that_is_used_up_goes_on_after_midnight() -> None:
    left = leave(Limits(per_day=2), [NOON] * 5)
    midnight = NOON + DAY_SECONDS / 2
    assert left[:2] == [NOON] * 2
    assert left[2:4] == [midnight + MIDNIGHT_SECONDS] * 2
    assert left[4] == midnight + DAY_SECONDS + MIDNIGHT_SECONDS


@pytest.mark.parametrize("seconds", [-4, 0, 4])
def test_w15_no_call_that_a_day_must_count_leaves_at_midnight(seconds: float) -> None:
    midnight = NOON + DAY_SECONDS / 2
    assert leave(Limits(per_day=9), [midnight + seconds]) == [midnight + MIDNIGHT_SECONDS]
    assert leave(Limits(), [midnight + seconds]) == [midnight + seconds]


def test_calls_of_a_day_are_counted_without_a_quota_too() -> None:
    pace = Pace(0)
    for now in (NOON, NOON, NOON + DAY_SECONDS):
        _moment, pace = reserve(pace, now, Limits())
    assert (pace.day, pace.used) == (20_001, 1)


OPENED = Terms({"client_id": "a", "region": "EU"}, True, END)


def draft(seen: Terms | None = OPENED, **changes: str) -> Draft:
    return Draft("dell", settings=OPENED.settings | changes, secret_expires_on=END, seen=seen)


def test_what_nobody_else_has_changed_is_written() -> None:
    changed = draft(region="US")
    assert (overtaken(changed, OPENED), kept_up(changed, OPENED)) == ((), changed)


def test_what_was_left_alone_stays_as_it_is_by_now() -> None:
    present = Terms({"client_id": "b", "region": "EU"}, False, END + timedelta(days=1))
    assert overtaken(draft(region="US"), present) == ()
    assert kept_up(draft(region="US"), present).terms == Terms(
        {"client_id": "b", "region": "US"}, False, present.secret_expires_on
    )


def test_what_both_have_changed_is_named_unless_they_agree() -> None:
    present = replace(OPENED, settings={"client_id": "b", "region": "US"})
    assert overtaken(draft(client_id="c", region="US"), present) == ("client_id",)


def test_who_saw_nothing_writes_everything() -> None:
    present = replace(OPENED, settings={"client_id": "b"})
    blind = draft(seen=None)
    assert (overtaken(blind, present), kept_up(blind, present)) == ((), blind)


def test_w3_a_new_secret_does_not_get_the_end_of_another() -> None:
    present = replace(OPENED, secret_expires_on=END + timedelta(days=1))
    renewed = replace(draft(), secrets={"client_secret": "new"})
    assert kept_up(renewed, present).secret_expires_on == END
