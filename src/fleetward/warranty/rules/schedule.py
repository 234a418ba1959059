"""When a device is looked up again by itself (W7): the further from its end, the later.

The SQL function `warranty_next_look` (migration 0013) is the twin of `next_look`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from fleetward.warranty.contracts import Reason

# The hours of a tenant's own night in which scheduled runs begin.
NIGHT = range(1, 6)
# From so many days left on (below zero: over for as long), a device is looked up every so many.
PAUSES = ((366, 60), (181, 30), (31, 14), (-30, 3), (-180, 30))
LONG_OVER = 90
WITHOUT_END = 30
AFTER_FAILURE = 1
# What passes by itself, or when somebody repairs the service: nothing was learned of the device.
FAILURES = frozenset(
    {
        Reason.NOT_CONFIGURED,
        Reason.SIGN_IN_NEEDED,
        Reason.CREDENTIALS_REFUSED,
        Reason.QUOTA_REACHED,
        Reason.VENDOR_DOWN,
    }
)


def next_look(*, ends_on: date | None, latest_error: str, attempted_on: date | None) -> date | None:
    """The day from which a device is due again; None is at once, as nobody has ever asked.

    `ends_on` None: nothing is known of an end.
    """
    if attempted_on is None:
        return None
    return attempted_on + timedelta(days=_pause(ends_on, latest_error, attempted_on))


def _pause(ends_on: date | None, latest_error: str, attempted_on: date) -> int:
    if latest_error in FAILURES:
        return AFTER_FAILURE
    if ends_on is None:
        return WITHOUT_END
    left = (ends_on - attempted_on).days
    return next((pause for least, pause in PAUSES if left >= least), LONG_OVER)


def is_night(local: datetime) -> bool:
    """Whether scheduled runs may begin at this time of the tenant's own clock."""
    return local.hour in NIGHT


def next_night(local: datetime, *, has_run: bool) -> date:
    """The day in whose night the next scheduled run begins; `has_run`: today's has begun."""
    is_over = has_run or local.hour >= NIGHT.stop
    return local.date() + timedelta(days=int(is_over))
