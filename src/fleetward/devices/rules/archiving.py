"""When a deleted device is archived (E10)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def archive_before(today: date, days: int, zone: str) -> datetime:
    """Devices deleted before this moment have been inactive for `days` days of their tenant.

    What was deleted on a day, at whatever hour, is archived so many days later.
    """
    first_kept = today - timedelta(days=days - 1)
    return datetime.combine(first_kept, time.min, ZoneInfo(zone))
