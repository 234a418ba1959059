"""When to warn of an expiring secret (W3), and what a quota means for the time between calls."""

from __future__ import annotations

from datetime import date, timedelta

REMINDERS = (60, 30, 14, 7, 1)
# Calls leave a little slower than the quota allows: what counts at the vendor is when they arrive,
# and one that is late by 0.7 s may be followed by 600 in time. 98.8 % of the quota are used.
MARGIN = 0.012


def due_reminder(expires_on: date, today: date, reminded_days: int | None) -> int | None:
    """The warning to give now: 60, 30, 14, 7 or 1 days; None when it was given or is not due.

    After a pause only the most urgent one is given, not all that were missed.
    """
    left = (expires_on - today).days
    due = min((days for days in REMINDERS if left <= days), default=None)
    return due if due is not None and (reminded_days is None or due < reminded_days) else None


def call_interval(calls_per_minute: int) -> timedelta:
    """The least time between two calls, none without a quota."""
    if calls_per_minute <= 0:
        return timedelta(0)
    return timedelta(seconds=60 / calls_per_minute * (1 + MARGIN))
