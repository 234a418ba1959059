"""When to warn of an expiring secret (W3), which errors to keep, how a quota spaces calls, and what
becomes of a change that somebody else came before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate

from fleetward.connections.contracts import Draft, Limits, PastError, Terms

REMINDERS = (60, 30, 14, 7, 1)
KEPT_ERRORS = 5
# A vendor counts the calls of any 60 seconds as they arrive, up to half a second after they left.
# So the calls of any 60.5 seconds are counted here, in buckets: 98.8 % of the quota are used.
BUCKET_SECONDS = 0.25
BUCKETS = 243
# Calls are spread, and a little faster than the quota, so that time in which nobody called is not
# lost: a plain rate limit used 95 % on a busy machine.
SPREAD = 0.9
DAY_SECONDS = 86_400
# Of a call that leaves around midnight nobody knows on which day the vendor will count it. Where a
# day has a limit, none leaves so near to it.
MIDNIGHT_SECONDS = 5.0


def overtaken(draft: Draft, present: Terms) -> tuple[str, ...]:
    """What a draft would change and somebody else has changed otherwise since it was begun.

    Two who want the same do not stand in each other's way.
    """
    if draft.seen is None:
        return ()
    seen, stored = draft.seen.values, present.values
    return tuple(
        name
        for name, wanted in draft.terms.values.items()
        if wanted != seen.get(name) and stored.get(name) not in (wanted, seen.get(name))
    )


def kept_up(draft: Draft, present: Terms) -> Draft:
    """A draft in which all that its author left alone is as it is by now."""
    seen = draft.seen
    if seen is None:
        return draft
    settings = {
        name: present.settings.get(name, wanted) if wanted == seen.settings.get(name) else wanted
        for name, wanted in draft.settings.items()
    }
    # The end of a secret says nothing of the one that takes its place.
    has_same_end = not draft.secrets and draft.secret_expires_on == seen.secret_expires_on
    return replace(
        draft,
        settings=settings,
        is_enabled=present.is_enabled if draft.is_enabled == seen.is_enabled else draft.is_enabled,
        secret_expires_on=present.secret_expires_on if has_same_end else draft.secret_expires_on,
    )


def due_reminder(expires_on: date, today: date, reminded_days: int | None) -> int | None:
    """The warning to give now: 60, 30, 14, 7 or 1 days; None when it was given or is not due.

    After a pause only the most urgent one is given, not all that were missed.
    """
    left = (expires_on - today).days
    due = min((days for days in REMINDERS if left <= days), default=None)
    return due if due is not None and (reminded_days is None or due < reminded_days) else None


def with_error(errors: Sequence[PastError], new: PastError) -> tuple[PastError, ...]:
    """The errors to keep, newest first. The same words are kept once, with their latest time:
    otherwise one night without network would push everything else out.
    """
    return (new, *[error for error in errors if error.text != new.text])[:KEPT_ERRORS]


@dataclass(frozen=True, slots=True)
class Pace:
    """What is known of the calls of a connection: when the next may leave, and how many have.

    `counts` are of the buckets of time up to the one with the number `bucket`; `used` are those of
    the day `day`. Moments are seconds of the epoch, days are days of it.
    """

    next_at: float
    bucket: int = 0
    counts: tuple[int, ...] = ()
    day: int = 0
    used: int = 0


def reserve(pace: Pace, now: float, limits: Limits) -> tuple[float, Pace]:
    """The moment at which one more call may leave, and the pace with it (W15)."""
    moment = max(now, pace.next_at)
    if limits.per_minute:
        moment = _within_minute(pace, moment, limits.per_minute)
    if limits.per_day:
        moment = _within_day(pace, moment, limits.per_day)
    day = int(moment // DAY_SECONDS)
    used = pace.used + 1 if day == pace.day else 1
    if not limits.per_minute:
        return moment, Pace(moment, pace.bucket, pace.counts, day, used)
    counts, bucket = _moved(pace, int(moment // BUCKET_SECONDS))
    counts = (*counts[:-1], counts[-1] + 1)
    return moment, Pace(moment + 60 / limits.per_minute * SPREAD, bucket, counts, day, used)


def _within_minute(pace: Pace, moment: float, per_minute: int) -> float:
    """The first moment from this one on whose last minute has room for a call."""
    counts, bucket = _moved(pace, int(moment // BUCKET_SECONDS))
    surplus = sum(counts) - per_minute + 1
    if surplus <= 0:
        return moment
    # The oldest buckets must leave the window first.
    steps = next(n for n, total in enumerate(accumulate(counts), 1) if total >= surplus)
    return (bucket + steps) * BUCKET_SECONDS


def _within_day(pace: Pace, moment: float, per_day: int) -> float:
    """The first moment from this one on whose day has room for a call."""
    day, seconds = divmod(moment, DAY_SECONDS)
    is_used_up = day == pace.day and pace.used >= per_day
    if is_used_up or seconds > DAY_SECONDS - MIDNIGHT_SECONDS:
        day, seconds = day + 1, 0.0
    return day * DAY_SECONDS + max(seconds, MIDNIGHT_SECONDS)


def _moved(pace: Pace, bucket: int) -> tuple[tuple[int, ...], int]:
    """The counts of the window that ends with this bucket. Time never goes back."""
    bucket = max(bucket, pace.bucket)
    padded = (0,) * BUCKETS + pace.counts + (0,) * min(bucket - pace.bucket, BUCKETS)
    return padded[-BUCKETS:], bucket
