"""What the lines of cover of one device amount to on a day (W8-W11, W17-W19).

`sql/recompute_coverage.sql` is the twin of this module for many devices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum

from fleetward.warranty.contracts import Coverage, Entitlement, NotCover, Reason, Status
from fleetward.warranty.rules.not_cover import is_not_cover

MANUAL = "manual"


class LineUse(StrEnum):
    """Whether a line of cover counts, or why it does not."""

    COUNTS = "COUNTS"
    OVERRIDDEN = "OVERRIDDEN"
    CANCELLED = "CANCELLED"
    NOT_COVER = "NOT_COVER"
    NO_END = "NO_END"
    ENDS_BEFORE_START = "ENDS_BEFORE_START"


def line_use(
    line: Entitlement, *, not_cover: Iterable[NotCover], has_manual: bool = False
) -> LineUse:
    """Say whether this line counts. `has_manual`: the device has a hand-entered line (W17)."""
    if has_manual and line.source != MANUAL:
        return LineUse.OVERRIDDEN
    if line.is_cancelled:
        return LineUse.CANCELLED
    if is_not_cover(line, not_cover):
        return LineUse.NOT_COVER
    if line.ends_on is None:
        return LineUse.COUNTS if line.is_rolling else LineUse.NO_END
    if line.starts_on is not None and line.starts_on > line.ends_on:
        return LineUse.ENDS_BEFORE_START
    return LineUse.COUNTS


def counting(
    entitlements: Sequence[Entitlement], not_cover: Sequence[NotCover]
) -> tuple[Entitlement, ...]:
    """The lines that count, in the order given."""
    has_manual = any(line.source == MANUAL for line in entitlements)
    return tuple(
        line
        for line in entitlements
        if line_use(line, not_cover=not_cover, has_manual=has_manual) is LineUse.COUNTS
    )


def coverage(
    entitlements: Sequence[Entitlement],
    *,
    on: date,
    expiring_days: int,
    not_cover: Sequence[NotCover],
    reason: Reason | None = None,
) -> Coverage:
    """What these lines amount to on this day.

    The latest end alone decides the status (W8), so a gap today before a line that is bought
    already does not read as Out; `is_covered` says whether a line includes the day itself (W18).
    `reason` says why there is no answer; None means that the vendor knew the device.
    """
    lines = counting(entitlements, not_cover)
    if not lines:
        return Coverage(
            on=on,
            status=Status.UNKNOWN,
            is_covered=False,
            reason=reason or Reason.NO_COVER_LISTED,
        )
    ends_on = _latest_end(lines)
    return Coverage(
        on=on,
        status=status_on(ends_on, on=on, expiring_days=expiring_days),
        is_covered=any(_includes(line, on) for line in lines),
        starts_on=min((line.starts_on for line in lines if line.starts_on), default=None),
        ends_on=ends_on,
        is_rolling=ends_on is None,
    )


def _latest_end(lines: Sequence[Entitlement]) -> date | None:
    """The last covered day; None is open-ended, because of lines without end only rolling count."""
    ends = [line.ends_on for line in lines if line.ends_on is not None]
    return max(ends) if len(ends) == len(lines) else None


def status_on(ends_on: date | None, *, on: date, expiring_days: int) -> Status:
    """The status of known coverage that ends on this day; None is open-ended (W10, W19)."""
    if ends_on is None:
        return Status.IN
    days_left = (ends_on - on).days
    if days_left < 0:
        return Status.OUT
    return Status.EXPIRING if days_left <= expiring_days else Status.IN


def _includes(line: Entitlement, on: date) -> bool:
    has_begun = line.starts_on is None or line.starts_on <= on
    return has_begun and (line.ends_on is None or on <= line.ends_on)
