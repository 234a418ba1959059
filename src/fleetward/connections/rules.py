"""When to warn of an expiring secret (W3), and what a quota means for the time between calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import accumulate

REMINDERS = (60, 30, 14, 7, 1)
# A vendor counts the calls of any 60 seconds as they arrive, up to half a second after they left.
# So the calls of any 60.5 seconds are counted here, in buckets: 98.8 % of the quota are used.
BUCKET_SECONDS = 0.25
BUCKETS = 243
# Calls are spread, and a little faster than the quota, so that time in which nobody called is not
# lost: a plain rate limit used 95 % on a busy machine.
SPREAD = 0.9


def due_reminder(expires_on: date, today: date, reminded_days: int | None) -> int | None:
    """The warning to give now: 60, 30, 14, 7 or 1 days; None when it was given or is not due.

    After a pause only the most urgent one is given, not all that were missed.
    """
    left = (expires_on - today).days
    due = min((days for days in REMINDERS if left <= days), default=None)
    return due if due is not None and (reminded_days is None or due < reminded_days) else None


@dataclass(frozen=True, slots=True)
class Pace:
    """What is known of the calls of a connection: when the next may leave, and how many have.

    `counts` are of the buckets of time up to the one with the number `bucket`; moments are seconds
    of the epoch.
    """

    next_at: float
    bucket: int = 0
    counts: tuple[int, ...] = ()


def reserve(pace: Pace, now: float, calls_per_minute: int) -> tuple[float, Pace]:
    """The moment at which one more call may leave, and the pace with it (W15)."""
    moment = max(now, pace.next_at)
    counts, bucket = _moved(pace, int(moment // BUCKET_SECONDS))
    surplus = sum(counts) - calls_per_minute + 1
    if surplus > 0:
        # The oldest buckets must leave the window first.
        steps = next(n for n, total in enumerate(accumulate(counts), 1) if total >= surplus)
        counts, bucket = _moved(Pace(0, bucket, counts), bucket + steps)
        moment = bucket * BUCKET_SECONDS
    counts = (*counts[:-1], counts[-1] + 1)
    return moment, Pace(moment + 60 / calls_per_minute * SPREAD, bucket, counts)


def _moved(pace: Pace, bucket: int) -> tuple[tuple[int, ...], int]:
    """The counts of the window that ends with this bucket. Time never goes back."""
    bucket = max(bucket, pace.bucket)
    padded = (0,) * BUCKETS + pace.counts + (0,) * min(bucket - pace.bucket, BUCKETS)
    return padded[-BUCKETS:], bucket
