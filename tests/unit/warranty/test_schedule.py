"""When a device is due again, and in which night a scheduled run begins (W7)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from fleetward.warranty.contracts import Reason
from fleetward.warranty.rules import is_night, next_look, next_night

DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("left", "pause"),
    [
        (3000, 60),
        (366, 60),
        (365, 30),
        (181, 30),
        (180, 14),
        (31, 14),
        (30, 3),
        (0, 3),
        (-30, 3),
        (-31, 30),
        (-180, 30),
        (-181, 90),
        (-3000, 90),
    ],
)
def test_w7_the_pause_grows_with_the_distance_to_the_end(left: int, pause: int) -> None:
    found = next_look(ends_on=DAY + timedelta(left), latest_error="", attempted_on=DAY)
    assert found == DAY + timedelta(pause)


@pytest.mark.parametrize(
    ("error", "pause"),
    [(Reason.VENDOR_DOWN, 1), (Reason.NOT_FOUND_AT_VENDOR, 30), (Reason.ANSWER_UNREADABLE, 30)],
)
def test_w7_a_failure_is_tried_again_the_next_day(error: Reason, pause: int) -> None:
    found = next_look(ends_on=None, latest_error=error, attempted_on=DAY)
    assert found == DAY + timedelta(pause)


def test_w7_a_device_that_was_never_looked_up_is_due_at_once() -> None:
    assert next_look(ends_on=DAY, latest_error="", attempted_on=None) is None


def test_w7_no_device_passes_its_last_month_unseen() -> None:
    look, end = DAY, DAY + timedelta(1000)
    seen = []
    while look <= end:
        seen.append((end - look).days)
        found = next_look(ends_on=end, latest_error="", attempted_on=look)
        assert found is not None
        look = found
    assert sum(left <= 30 for left in seen) >= 5


@pytest.mark.parametrize(
    ("hour", "has_run", "night", "days"),
    [(0, False, False, 0), (1, False, True, 0), (5, True, True, 1), (6, False, False, 1)],
)
def test_w7_the_next_night(hour: int, has_run: bool, night: bool, days: int) -> None:
    local = datetime(2026, 11, 22, hour, 20)
    assert is_night(local) is night
    assert next_night(local, has_run=has_run) == DAY + timedelta(days)
