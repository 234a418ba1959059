"""Covered stretches of time and the gaps between them, for the device page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from fleetward.warranty.contracts import Entitlement, NotCover
from fleetward.warranty.rules.coverage import counting

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `starts_on` through `ends_on`; None is open on that side."""

    starts_on: date | None
    ends_on: date | None


def covered_periods(
    entitlements: Sequence[Entitlement], not_cover: Sequence[NotCover]
) -> tuple[Period, ...]:
    """The lines that count, merged where they overlap or follow each other without a free day."""
    merged: list[Period] = []
    lines = counting(entitlements, not_cover)
    for line in sorted(lines, key=lambda line: line.starts_on or date.min):
        if merged and _touches(merged[-1], line.starts_on):
            merged[-1] = Period(merged[-1].starts_on, _later(merged[-1].ends_on, line.ends_on))
        else:
            merged.append(Period(line.starts_on, line.ends_on))
    return tuple(merged)


def gaps(periods: Sequence[Period]) -> tuple[Period, ...]:
    """The uncovered days between periods that `covered_periods` gave."""
    return tuple(
        Period(before.ends_on + DAY, after.starts_on - DAY)
        for before, after in pairwise(periods)
        if before.ends_on is not None and after.starts_on is not None
    )


def _touches(before: Period, starts_on: date | None) -> bool:
    if before.ends_on is None or starts_on is None:
        return True
    return starts_on.toordinal() <= before.ends_on.toordinal() + 1


def _later(one: date | None, other: date | None) -> date | None:
    return None if one is None or other is None else max(one, other)
