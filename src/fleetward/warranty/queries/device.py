"""One device with its warranty: lines of cover, on any day (W18). What sources said: `evidence`."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.infra import sql
from fleetward.infra.tx import scoped
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.paging import Page, decode_place, placed_page
from fleetward.warranty.contracts import Coverage, Double, Entitlement, EntitlementKind, Reason
from fleetward.warranty.queries import grid_sql
from fleetward.warranty.queries.grid import row_of
from fleetward.warranty.queries.grid_filter import DeviceFilter, DeviceRow
from fleetward.warranty.queries.grid_plan import Question
from fleetward.warranty.rules import (
    LineUse,
    Period,
    coverage,
    covered_periods,
    doubles,
    gaps,
    line_use,
)
from fleetward.warranty.rules.coverage import MANUAL

PLACE = 4


@dataclass(frozen=True, slots=True)
class EntitlementRow:
    """A stored line of cover, whether it counts, and where it came from.

    `place` orders the lines of a device, those that end last first.
    """

    line: Entitlement
    use: LineUse
    is_simulated: bool
    recorded_at: datetime
    place: Sequence[int] = ()

    @property
    def is_manual(self) -> bool:
        return self.line.source == MANUAL


@dataclass(frozen=True, slots=True)
class DeviceDetail:
    """`coverage` is what the lines amount to on the day asked for; `row` holds today's status."""

    row: DeviceRow
    coverage: Coverage
    entitlements: Sequence[EntitlementRow]
    gaps: Sequence[Period]
    doubles: Sequence[Double] = ()

    @property
    def has_manual(self) -> bool:
        return any(row.is_manual for row in self.entitlements)


@scoped
def get_device(
    *,
    actor: Actor,
    tenant: int,
    uid: uuid.UUID,
    today: date,
    expiring_days: int,
    as_of: date | None = None,
) -> DeviceDetail:
    """A device, active or not, with its warranty. Raises: NotFound, Forbidden."""
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    question = Question(actor, tenant, DeviceFilter(), today, expiring_days)
    row = _row(question, uid)
    lines = _entitlements(question, uid)
    judged = [one.line for one in lines if one.use is not LineUse.NOT_COVER]
    amounts = coverage(
        judged,
        on=as_of or today,
        expiring_days=expiring_days,
        not_cover=(),
        reason=row.reason or Reason.NO_COVER_LISTED,
    )
    return DeviceDetail(
        row=row,
        coverage=amounts,
        entitlements=lines,
        gaps=gaps(covered_periods(judged, ())),
        doubles=doubles(judged, ()),
    )


@scoped
def list_entitlements(
    *, actor: Actor, tenant: int, uid: uuid.UUID, cursor: str | None = None, limit: int = 50
) -> Page[EntitlementRow]:
    """The lines of cover of a device, those that end last first.

    Raises: NotFound, Forbidden, BadCursor.
    """
    require(actor, Capability.SEE_WARRANTY, tenant=tenant)
    question = Question(actor, tenant, DeviceFilter(), date.min, 0)
    _row(question, uid)
    after = decode_place(cursor, PLACE) if cursor else []
    # Whether a line counts depends on all of them, so that all are read; they are few.
    rest = [(row.place, row) for row in _entitlements(question, uid) if list(row.place) > after]
    return placed_page(rest, limit)


def _row(question: Question, uid: uuid.UUID) -> DeviceRow:
    text = f"""
        SELECT {grid_sql.COLUMNS}
        FROM {grid_sql.DOOR} d
        LEFT JOIN warranty_coverage c ON c.device_id = d.id
        WHERE d.tenant_id = %(tenant)s AND d.uid = %(uid)s
    """  # noqa: S608 - constants
    rows = sql.fetch_text(text, question.params | {"uid": uid})
    if not rows:
        raise NotFound
    return row_of(rows[0], question)


def _entitlements(question: Question, uid: uuid.UUID) -> list[EntitlementRow]:
    rows = sql.fetch("warranty", "list_entitlements", question.params | {"uid": uid})
    has_manual = any(source == MANUAL for _, source, *_ in rows)
    return [_entitlement(row, has_manual) for row in rows]


def _entitlement(row: tuple[Any, ...], has_manual: bool) -> EntitlementRow:
    place, source, code, name, kind, *rest, is_cover, is_simulated, recorded_at = row
    line = Entitlement(source, code, name, EntitlementKind(kind), *rest)
    use = line_use(line, not_cover=(), has_manual=has_manual)
    # What is no hardware cover was judged when it was recorded (W9).
    if use is not LineUse.OVERRIDDEN and not is_cover:
        use = LineUse.NOT_COVER
    return EntitlementRow(line, use, is_simulated, recorded_at, place)
