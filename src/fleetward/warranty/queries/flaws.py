"""Gaps and doubles between the entitlements of a tenant's devices: numbers, pages, all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from fleetward.access.contracts import Capability
from fleetward.access.queries import require, scope
from fleetward.infra.tx import scoped
from fleetward.kernel.actor import Actor
from fleetward.kernel.paging import Page, decode_place, placed_page
from fleetward.warranty.contracts import (
    EntitlementKind,
    FlawCount,
    FlawFilter,
    FlawKind,
    FlawLine,
    FlawQuarter,
    FlawRow,
    FlawSummary,
)
from fleetward.warranty.queries.grid_members import Among
from fleetward.warranty.rules import quarters

__all__ = ["count_flaws", "each_flaw", "list_flaws", "quarter_of"]

PLACE = 4
# Each reading of a file looks at every entitlement of the tenant.
AT_ONCE = 20_000
DAY = timedelta(days=1)


@scoped
def list_flaws(
    *,
    actor: Actor,
    tenant: int,
    only: FlawFilter,
    today: date,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[FlawRow]:
    """A page of what a filter leaves. Raises: NotFound, Forbidden, BadCursor."""
    require(actor, Capability.SEE_WARRANTY, tenant=tenant)
    after = decode_place(cursor, PLACE) if cursor else []
    rows = _read(actor, tenant, only, today, after, limit + 1)
    return placed_page([(row.place, row) for row in rows], limit)


def each_flaw(*, actor: Actor, tenant: int, only: FlawFilter, today: date) -> Iterator[FlawRow]:
    """All of them, in the caller's transaction and after its look at what the actor may do."""
    after: list[int] = []
    while rows := _read(actor, tenant, only, today, after, AT_ONCE):
        yield from rows
        if len(rows) < AT_ONCE:
            return
        after = list(rows[-1].place)


@scoped
def count_flaws(
    *, actor: Actor, tenant: int, today: date, groups: Sequence[UUID] = ()
) -> FlawSummary:
    """All gaps and doubles of a tenant, or of the devices in some groups, in numbers.

    Raises: NotFound, Forbidden.
    """
    require(actor, Capability.SEE_WARRANTY, tenant=tenant)
    spans = _spans(today)
    params = scope(actor, Capability.SEE_WARRANTY).params(tenant) | {
        "today": today,
        "firsts": [first for first, _ in spans],
        "latests": [latest for _, latest in spans],
    }
    counts = {kind: FlawCount() for kind in FlawKind}
    found: dict[date, tuple[int, int]] = {}
    among = Among(actor, tenant, groups, today)
    rows = among.fetch("count_flaws", params, device="f.device_id")
    for kind, first, flaws, devices, *rest in rows:
        if first:
            found[first] = flaws, devices
        else:
            counts[FlawKind(kind)] = FlawCount(flaws, devices, *rest)
    told = [FlawQuarter(first, latest, *found.get(first, (0, 0))) for first, latest in spans]
    return FlawSummary(today, counts, told)


def quarter_of(today: date, first: date | None) -> FlawFilter | None:
    """The gaps to come that have a day of the quarter that begins on `first`; None for no such."""
    spans = _spans(today)
    return next((FlawFilter(FlawKind.GAP_AHEAD, *span) for span in spans if span[0] == first), None)


def _spans(today: date) -> list[tuple[date, date]]:
    """The first and the last days of the quarters that are told."""
    begins = quarters(today)
    return [(first, until - DAY) for first, until in pairwise(begins)]


def _read(
    actor: Actor, tenant: int, only: FlawFilter, today: date, after: list[int], most: int
) -> list[FlawRow]:
    params = scope(actor, Capability.SEE_WARRANTY).params(tenant) | {
        "kind": str(only.kind),
        "today": today,
        "first_day": only.first,
        "last_day": only.latest,
        "after": after,
        "most": most,
    }
    among = Among(actor, tenant, only.groups, today)
    rows = among.fetch("list_flaws", params, device="f.device_id")
    return [_row(only.kind, values) for values in rows]


def _row(kind: FlawKind, values: tuple[Any, ...]) -> FlawRow:
    place, uid, name, maker, serial, model, starts_on, ends_on, is_simulated, *told = values
    width = len(told) // 2
    lines = [_line(part) for part in (told[:width], told[width:]) if part[0]]
    return FlawRow(
        place=place,
        kind=kind,
        device_uid=str(uid),
        name=name,
        manufacturer=maker,
        serial=serial,
        model=model,
        starts_on=starts_on,
        ends_on=ends_on,
        lines=tuple(lines),
        is_simulated=is_simulated,
    )


def _line(values: Sequence[Any]) -> FlawLine:
    kind, *rest = values
    return FlawLine(EntitlementKind(kind), *rest)
