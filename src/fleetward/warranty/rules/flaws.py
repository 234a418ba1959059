"""Which lines of cover of one device are the same service, bought twice for the same days.

What lies between lines is in `timeline.gaps`. The SQL function `warranty_flaws` (migration 0020) is
the twin of both for many devices.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import combinations

from fleetward.warranty.contracts import Double, Entitlement, EntitlementKind, FlawKind, NotCover
from fleetward.warranty.rules.coverage import counting


def doubles(
    entitlements: Sequence[Entitlement], not_cover: Sequence[NotCover]
) -> tuple[Double, ...]:
    """Every two lines that count, are of one service, and have more than one day in common.

    A vendor's base warranty beside a better service is no double, nor is what one source tells
    beside another, nor a line that is told twice. A day in common is how vendors let one line
    follow another. Of a line without a start nobody knows which days it shares.
    """
    lines = [line for line in counting(entitlements, not_cover) if line.starts_on and service(line)]
    told_once = {_identity(line): line for line in lines}.values()
    pairs = combinations(sorted(told_once, key=_begin), 2)
    found = (_double(one, other) for one, other in pairs if _is_one_service(one, other))
    return tuple(double for double in found if double)


def gap_kind(ends_on: date, *, today: date) -> FlawKind:
    """Whether something can still be done about a gap."""
    return FlawKind.GAP_AHEAD if ends_on >= today else FlawKind.GAP_PAST


def service(line: Entitlement) -> str:
    """What a source calls the service: its code, or the name where it gives none."""
    return line.code or line.name


def _identity(line: Entitlement) -> tuple[object, ...]:
    """Lines that agree in this are one purchase, told twice."""
    return line.source, service(line), line.kind, line.number, line.starts_on, line.ends_on


def _begin(line: Entitlement) -> date:
    return line.starts_on or date.min


def _is_one_service(one: Entitlement, other: Entitlement) -> bool:
    """Whether somebody has paid for one of them, and it is what the other is.

    A base warranty comes with the machine, so that two of them cost nothing twice.
    """
    is_bought = not one.kind is other.kind is EntitlementKind.BASE
    return is_bought and one.source == other.source and service(one) == service(other)


def _double(first: Entitlement, second: Entitlement) -> Double | None:
    """What two lines have in common; the second begins with the first or later."""
    starts_on = _begin(second)
    ends = [line.ends_on for line in (first, second) if line.ends_on]
    ends_on = min(ends, default=None)
    if ends_on and ends_on <= starts_on:
        return None
    return Double(first, second, starts_on, ends_on)
