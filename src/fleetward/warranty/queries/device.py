"""One device with everything known of its warranty: lines of cover, evidence, any day (W18)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.infra import sql
from fleetward.infra.tx import scoped
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.warranty.contracts import Coverage, Entitlement, EntitlementKind, Reason
from fleetward.warranty.queries import grid_sql
from fleetward.warranty.queries.grid import Question, row_of
from fleetward.warranty.queries.grid_filter import DeviceFilter, DeviceRow
from fleetward.warranty.rules import LineUse, Period, coverage, covered_periods, gaps, line_use
from fleetward.warranty.rules.coverage import MANUAL

MOST_EVIDENCE = 20


@dataclass(frozen=True, slots=True)
class EntitlementRow:
    """A stored line of cover, whether it counts, and where it came from."""

    line: Entitlement
    use: LineUse
    is_simulated: bool
    recorded_at: datetime

    @property
    def is_manual(self) -> bool:
        return self.line.source == MANUAL


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """A source's own words. The same words again move `seen_at` only."""

    source: str
    digest: str
    body: str
    is_simulated: bool
    fetched_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class DeviceDetail:
    """`coverage` is what the lines amount to on the day asked for; `row` holds today's status."""

    row: DeviceRow
    coverage: Coverage
    entitlements: Sequence[EntitlementRow]
    evidence: Sequence[EvidenceRow]
    gaps: Sequence[Period]

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
        evidence=_evidence(question, uid),
        gaps=gaps(covered_periods(judged, ())),
    )


@scoped
def list_entitlements(*, actor: Actor, tenant: int, uid: uuid.UUID) -> list[EntitlementRow]:
    """All lines of cover of a device. Raises: NotFound, Forbidden."""
    require(actor, Capability.SEE_WARRANTY, tenant=tenant)
    question = Question(actor, tenant, DeviceFilter(), date.min, 0)
    _row(question, uid)
    return _entitlements(question, uid)


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
    has_manual = any(source == MANUAL for source, *_ in rows)
    return [_entitlement(row, has_manual) for row in rows]


def _entitlement(row: tuple[object, ...], has_manual: bool) -> EntitlementRow:
    *values, is_cover, is_simulated, recorded_at = row
    source, code, name, kind, *rest = values
    line = Entitlement(source, code, name, EntitlementKind(str(kind)), *rest)  # type: ignore[arg-type]
    use = line_use(line, not_cover=(), has_manual=has_manual)
    # What is no hardware cover was judged when it was recorded (W9).
    if use is not LineUse.OVERRIDDEN and not is_cover:
        use = LineUse.NOT_COVER
    return EntitlementRow(line, use, bool(is_simulated), recorded_at)  # type: ignore[arg-type]


def _evidence(question: Question, uid: uuid.UUID) -> list[EvidenceRow]:
    params = question.params | {"uid": uid, "most": MOST_EVIDENCE}
    return [EvidenceRow(*row) for row in sql.fetch("warranty", "list_evidence", params)]
