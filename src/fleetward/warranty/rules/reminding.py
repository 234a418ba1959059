"""Which reminders of the end of a device's coverage are due on a day (S9).

The SQL function `warranty_reminders` (migration 0014) is the twin for many devices.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

# Reminders go out in the first hour of a day; by then somebody should have looked why not.
UNSENT_AFTER = timedelta(hours=3)


def due_reminders(
    ends_on: date | None,
    *,
    thresholds: Collection[int],
    told: Collection[int],
    seen_from: date,
    today: date,
) -> frozenset[int]:
    """The thresholds, in days before the end, of which somebody is to be told today.

    `told` are those of this same end, each of which is told once. `seen_from`: earlier ends were
    looked at on earlier days, so that a device whose coverage has long been over stays quiet, and
    one whose coverage ended while nothing ran does not.
    """
    if ends_on is None or ends_on < seen_from:
        return frozenset()
    left = (ends_on - today).days
    return frozenset(days for days in thresholds if left <= days and days not in told)


def is_unsent(local: datetime, done_to: date) -> bool:
    """Whether a day after `done_to` has begun so long ago that its reminders should be sent.

    `local`: the time of the tenant's own clock.
    """
    return done_to < (local - UNSENT_AFTER).date()
