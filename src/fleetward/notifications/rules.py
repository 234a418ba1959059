"""When an item that was snoozed comes back, when mails are due, and which kinds a filter leaves."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from fleetward.notifications.contracts import TOPICS, Kind, MailChoice, MailWhen, NoteFilter, Snooze

# Of the tenant's day: early enough to be there when work begins.
MORNING = time(8)


def comes_back_at(snooze: Snooze, *, now: datetime, zone: str) -> datetime:
    """In an hour, tomorrow morning, or on the morning of next Monday."""
    if snooze is Snooze.HOUR:
        return now + timedelta(hours=1)
    today = now.astimezone(ZoneInfo(zone)).date()
    days = 1 if snooze is Snooze.TOMORROW else 7 - today.weekday()
    return datetime.combine(today + timedelta(days=days), MORNING, ZoneInfo(zone))


def next_mail_at(choice: MailChoice, *, now: datetime, zone: str) -> datetime | None:
    """When the next mail is due: at the hour of the next day, or of the next Monday."""
    if choice.how in {MailWhen.OFF, MailWhen.AT_ONCE}:
        return None
    here = ZoneInfo(zone)
    today = now.astimezone(here).date()
    is_daily = choice.how is MailWhen.DAILY
    days = (today + timedelta(days=number) for number in count())
    moments = (
        datetime.combine(day, time(choice.hour), here)
        for day in days
        if is_daily or day.weekday() == 0
    )
    # Compared as moments: between two of one zone Python looks at the clock's face alone.
    return next(moment for moment in moments if moment.astimezone(UTC) > now)


def kinds_of(only: NoteFilter) -> tuple[Kind, ...] | None:
    """The kinds that topics and kinds leave together; None where neither is set."""
    if not (only.topics or only.kinds):
        return None
    of_topics = [kind for topic in only.topics for kind in TOPICS[topic]]
    wanted = of_topics if only.topics else list(only.kinds)
    return tuple(kind for kind in wanted if not only.kinds or kind in only.kinds)
