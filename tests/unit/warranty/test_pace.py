"""The pace of a run (W7): devices a minute, and how long the waiting ones take."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from fleetward.warranty.contracts import ProviderProgress, RunRow, RunState
from fleetward.warranty.queries.runs import time_left
from tests.unit.runs import NOON, RUN

OPEN = replace(RUN, devices=100)
OVER = replace(OPEN, state=RunState.DONE, finished_at=NOON + timedelta(minutes=4))
PLANNING = replace(OPEN, state=RunState.PLANNING, started_at=None)
TEN_MINUTES_LATER = NOON + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("run", "asked", "waiting", "rate", "left"),
    [
        # Since it began to ask, not since it was planned.
        (OPEN, 20, 80, 2.0, timedelta(minutes=40)),
        (OPEN, 100, 0, 10.0, timedelta(0)),
        (OPEN, 0, 100, 0.0, None),
        (PLANNING, 0, 0, 0.0, None),
        (PLANNING, 5, 95, 0.0, None),
        # Until it ended, not until now.
        (OVER, 100, 0, 25.0, None),
        (replace(OVER, state=RunState.CANCELLED), 20, 80, 5.0, None),
    ],
)
def test_w7_rate_and_time_left(
    run: RunRow, asked: int, waiting: int, rate: float, left: timedelta | None
) -> None:
    part = ProviderProgress("dell", found=asked, waiting=waiting)
    assert time_left(run, [part], now=TEN_MINUTES_LATER) == (rate, left)


def test_w7_a_run_that_began_this_very_moment_has_no_rate_yet() -> None:
    part = ProviderProgress("dell", found=5, waiting=95)
    assert time_left(OPEN, [part], now=NOON) == (0.0, None)
