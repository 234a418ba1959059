"""Time at the doors: actions and queries get `now` and `today` as arguments."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def utc_now() -> datetime:
    """The present moment. Called by doors (pages, API, jobs, command line) only."""
    return datetime.now(UTC)


def day_in(zone: str, moment: datetime) -> date:
    """The calendar day of `moment` in a time zone (W10: a tenant's own day)."""
    return moment.astimezone(ZoneInfo(zone)).date()
