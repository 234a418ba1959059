"""A worker of one resale feed, as a process that can be killed: `feed_worker VENDOR FEED MODE`.

It says so when the rows of a slice have their outcomes and nothing of it is committed, and goes on
when it is sent a line. `late` is the control: the mark is committed before its rows are.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

import django

django.setup()

from fleetward.devices.feeds.actions import slices, working  # noqa: E402
from fleetward.kernel.clock import utc_now  # noqa: E402
from tests.chaos.run_worker import say  # noqa: E402

ROWS = 100
settle, work_off = slices._settle, slices.work_off


def settle_and_pause(*what: Any) -> Counter[str]:
    counts = settle(*what)
    say("there")
    return counts


def mark_and_pause(**what: Any) -> bool:
    """The control."""
    vars(slices)["_settle"] = lambda *_: Counter({"HELD": ROWS})
    is_left = work_off(**what)
    say("there")
    return is_left


def main(vendor: int, feed: int, mode: str) -> None:
    vars(working)["SLICE_ROWS"] = ROWS
    if mode == "late":
        vars(working)["work_off"] = mark_and_pause
    else:
        vars(slices)["_settle"] = settle_and_pause
    working.run_feed(vendor=vendor, feed=feed, clock=utc_now)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
