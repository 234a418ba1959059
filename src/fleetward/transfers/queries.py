"""Questions about transfers: lists, one transfer, its rows, and what has arrived."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec
from django.db.models import QuerySet

from fleetward.access.contracts import Capability
from fleetward.access.queries import is_allowed, require
from fleetward.devices.contracts import Problem
from fleetward.infra import sql
from fleetward.infra.listing import latest_first
from fleetward.infra.tx import scoped, tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.paging import Page, decode_id, page_of
from fleetward.tenancy.contracts import TenantKind, TenantRow
from fleetward.tenancy.queries import get_tenant_by_id
from fleetward.tenancy.queries.destinations import find_mover, list_destinations
from fleetward.transfers.contracts import (
    ENDED,
    OF_THE_SOURCE,
    UNDO_LASTS,
    ArrivalRow,
    CustomerGroup,
    OutcomeLine,
    Party,
    Preview,
    Reading,
    RowOutcome,
    TransferDetail,
    TransferKind,
    TransferRow,
    TransferState,
)
from fleetward.transfers.models import UNDONE_AGAIN, Arrival, Transfer
from fleetward.transfers.rules import count_more_groups

CONTEXT = "transfers"
CHUNK_ROWS = 5_000
_JOINS = ("tenant", "partner", "target")


def list_targets(*, actor: Actor, source: int) -> list[TenantRow]:
    """Where devices of a tenant can go: customers by name, then the holding tenant (X1).

    Raises: NotFound, Forbidden.
    """
    require(actor, Capability.TRANSFER_DEVICES, tenant=source)
    return [row for row in list_destinations(find_mover(source) or 0) if row.id != source]


@scoped
def list_transfers(
    *,
    actor: Actor,
    tenant: int,
    is_open: bool | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[TransferRow]:
    """Transfers out of a tenant or, of a partner, out of its customers and what it holds; latest
    first.

    Raises: NotFound, Forbidden, BadCursor.
    """
    require(actor, Capability.SEE_TRANSFERS, tenant=tenant)
    found = _of(actor, tenant)
    if is_open is not None:
        over = [*ENDED, TransferState.REFUSED, TransferState.DISCARDED]
        states = [s for s in TransferState if (s not in over) is is_open]
        found = found.filter(state__in=states)
    return latest_first(
        found.select_related(*_JOINS), cursor=cursor, limit=limit, row=lambda t: _row(actor, t)
    )


def _of(actor: Actor, tenant: int) -> QuerySet[Transfer]:
    """A partner has those that it may still see in their sources; others see what has moved."""
    if get_tenant_by_id(tenant).kind is TenantKind.PARTNER:
        sources = [t for t in actor.tenants if _may_transfer(actor, t)]
        return Transfer.objects.filter(partner_id=tenant, tenant_id__in=sources)
    own = Transfer.objects.filter(tenant_id=tenant)
    return own if _may_transfer(actor, tenant) else own.filter(started_at__isnull=False)


@scoped
def find_source(*, actor: Actor, tenant: int, uid: uuid.UUID) -> int:
    """The source of a transfer that `list_transfers` shows. Raises: NotFound, Forbidden."""
    require(actor, Capability.SEE_TRANSFERS, tenant=tenant)
    found = _of(actor, tenant).filter(uid=uid).first()
    if found is None:
        raise NotFound
    return found.tenant_id


def _may_transfer(actor: Actor, tenant: int) -> bool:
    return is_allowed(actor, Capability.TRANSFER_DEVICES, tenant=tenant)


@scoped
def get_transfer(*, actor: Actor, tenant: int, uid: uuid.UUID, now: datetime) -> TransferDetail:
    """A transfer out of a tenant. Raises: NotFound, Forbidden."""
    found = get_stored(actor, tenant, uid)
    parts = Transfer.objects.filter(tenant_id=tenant, split_of_id=found.id).order_by("id")
    undos = Transfer.objects.filter(tenant_id=tenant, undo_of_id=found.id)
    undone = undos.exclude(state__in=UNDONE_AGAIN).first()
    original = Transfer.objects.filter(id=found.undo_of_id or 0).first()
    is_full = _may_transfer(actor, tenant)
    groups = msgspec.convert(found.groups, list[CustomerGroup]) if is_full else []
    problem = msgspec.convert(found.problem, Problem) if found.problem else None
    return TransferDetail(
        row=_row(actor, found),
        reading=msgspec.convert(found.reading, Reading) if is_full else Reading(),
        preview=msgspec.convert(found.preview, Preview),
        refusals=found.refusals if is_full else {},
        problem=problem,
        groups=tuple(groups),
        more_groups=count_more_groups(groups, problem) if is_full else 0,
        split_into=tuple(parts.values_list("uid", flat=True)),
        undo_of=original.uid if original else None,
        undone_by=undone.uid if undone else None,
        undo_until=None if undone else undo_until(found, now),
        outcome_digest=found.outcome_digest,
    )


def undo_until(found: Transfer, now: datetime) -> datetime | None:
    """Until when a transfer can be undone (X11); None for one that cannot."""
    has_moved = any(found.counts.get(o, 0) for o in (RowOutcome.MOVED, RowOutcome.MERGED))
    if found.kind == TransferKind.UNDO or found.finished_at is None or not has_moved:
        return None
    until = found.finished_at + UNDO_LASTS
    return until if now < until else None


def get_stored(actor: Actor, tenant: int, uid: uuid.UUID) -> Transfer:
    """Within a scope. Raises: NotFound, Forbidden."""
    require(actor, Capability.SEE_TRANSFERS, tenant=tenant)
    own = Transfer.objects.filter(tenant_id=tenant).select_related(*_JOINS)
    if not _may_transfer(actor, tenant):
        own = own.filter(started_at__isnull=False)
    found = own.filter(uid=uid).first()
    if found is None:
        raise NotFound
    return found


@scoped
def get_progress(*, actor: Actor, tenant: int, uid: uuid.UUID) -> TransferRow:
    """How far a transfer is. Raises: NotFound, Forbidden."""
    return _row(actor, get_stored(actor, tenant, uid))


@scoped
def list_rows(
    *,
    actor: Actor,
    tenant: int,
    uid: uuid.UUID,
    outcomes: Sequence[RowOutcome] = (),
    cursor: str | None = None,
    limit: int = 50,
) -> Page[OutcomeLine]:
    """Rows in the order of the file; to whoever may not transfer, those that devices of the source
    went or came back by, and no other. Raises: NotFound, Forbidden, BadCursor.
    """
    found = get_stored(actor, tenant, uid)
    after = decode_id(cursor) if cursor else 0
    rows = _rows(actor, found, outcomes, after, limit + 1)
    return page_of(rows, limit, number=lambda row: row.row_no, row=lambda row: row)


def iterate_rows(
    *, actor: Actor, tenant: int, uid: uuid.UUID, outcomes: Sequence[RowOutcome] = ()
) -> Iterator[OutcomeLine]:
    """Every row of `list_rows`, for a download. Raises: NotFound, Forbidden, at the first row."""
    after: int | None = 0
    while after is not None:
        with tenant_scope(actor.tenants):
            rows = _rows(actor, get_stored(actor, tenant, uid), outcomes, after, CHUNK_ROWS)
        yield from rows
        after = rows[-1].row_no if len(rows) == CHUNK_ROWS else None


def _rows(
    actor: Actor, found: Transfer, outcomes: Sequence[RowOutcome], after: int, most: int
) -> list[OutcomeLine]:
    shown = _shown(actor, found, outcomes)
    if shown is None:
        return []
    params: Mapping[str, object] = {
        "tenant": found.tenant_id,
        "transfer": found.id,
        "after": after,
        "most": most,
        "outcomes": [str(outcome) for outcome in shown],
    }
    target = _target(actor, found)
    customer_id = target.customer_id if target else ""
    return [
        OutcomeLine(row_no, serial, maker, customer_id, RowOutcome(outcome), refusal)
        for row_no, serial, maker, outcome, refusal in sql.fetch(CONTEXT, "list_rows", params)
    ]


def _shown(
    actor: Actor, found: Transfer, wanted: Sequence[RowOutcome]
) -> Sequence[RowOutcome] | None:
    """Of these outcomes (none: any) those that the actor may read; None where it may read none.

    Rows that moved nothing tell what else stood in the partner's file, such as serials of others.
    """
    if _may_transfer(actor, found.tenant_id):
        return wanted
    return [o for o in OF_THE_SOURCE if not wanted or o in wanted] or None


@scoped
def list_arrivals(
    *, actor: Actor, tenant: int, cursor: str | None = None, limit: int = 50
) -> Page[ArrivalRow]:
    """What its partner has moved into a tenant, latest first. Raises: NotFound, Forbidden."""
    require(actor, Capability.SEE_TRANSFERS, tenant=tenant)
    rows = Arrival.objects.filter(tenant_id=tenant)
    return latest_first(rows, cursor=cursor, limit=limit, row=_arrival)


@scoped
def get_arrival(*, actor: Actor, tenant: int, uid: uuid.UUID) -> ArrivalRow:
    """Raises: NotFound, Forbidden."""
    return _arrival(_stored_arrival(actor, tenant, uid))


def iterate_arrived(*, actor: Actor, tenant: int, uid: uuid.UUID) -> Iterator[OutcomeLine]:
    """Every device that arrived. Raises: NotFound, Forbidden, at the first one."""
    after: int | None = 0
    while after is not None:
        with tenant_scope(actor.tenants):
            rows = _arrived(_stored_arrival(actor, tenant, uid), after, CHUNK_ROWS)
        yield from rows
        after = rows[-1].row_no if len(rows) == CHUNK_ROWS else None


@scoped
def list_arrived(*, actor: Actor, tenant: int, uid: uuid.UUID, most: int) -> list[OutcomeLine]:
    """The first devices that arrived. Raises: NotFound, Forbidden."""
    return _arrived(_stored_arrival(actor, tenant, uid), 0, most)


def _arrived(found: Arrival, after: int, most: int) -> list[OutcomeLine]:
    params = {
        "tenant": found.tenant_id,
        "transfer": found.transfer_id,
        "after": after,
        "most": most,
    }
    return [
        OutcomeLine(row_no, serial, maker, "", RowOutcome(outcome), "")
        for row_no, serial, maker, outcome in sql.fetch(CONTEXT, "list_arrived", params)
    ]


def _stored_arrival(actor: Actor, tenant: int, uid: uuid.UUID) -> Arrival:
    require(actor, Capability.SEE_TRANSFERS, tenant=tenant)
    found = Arrival.objects.filter(tenant_id=tenant, uid=uid).first()
    if found is None:
        raise NotFound
    return found


def find_transfer(*, tenant: int, transfer: int) -> Transfer | None:
    """A transfer by its internal ids, for jobs."""
    with tenant_scope([tenant]):
        found = Transfer.objects.filter(tenant_id=tenant, id=transfer)
        return found.select_related(*_JOINS).first()


def _target(actor: Actor, found: Transfer) -> Party | None:
    """Told to whoever may transfer in the source alone; by its Customer ID, once it has ended the
    relation: what it is called since is its own (T3)."""
    if found.target is None or not _may_transfer(actor, found.tenant_id):
        return None
    target = found.target
    name = target.name if target.id in actor.roles else target.customer_id
    return Party(name, target.customer_id, target.kind == TenantKind.HOLDING)


def _row(actor: Actor, found: Transfer) -> TransferRow:
    source, is_full = found.tenant, _may_transfer(actor, found.tenant_id)
    return TransferRow(
        uid=found.uid,
        kind=TransferKind(found.kind),
        state=TransferState(found.state),
        source=Party(source.name, source.customer_id, source.kind == TenantKind.HOLDING),
        target=_target(actor, found),
        partner=found.partner.name,
        file_name=found.file_name if is_full else "",
        started_by=found.started_by if is_full else "",
        rows=found.rows,
        done_rows=found.done_rows,
        counts={
            RowOutcome(word): number
            for word, number in found.counts.items()
            if is_full or word in OF_THE_SOURCE
        },
        created_at=found.created_at,
        started_at=found.started_at,
        finished_at=found.finished_at,
    )


def _arrival(found: Arrival) -> ArrivalRow:
    return ArrivalRow(
        uid=found.uid,
        partner=found.partner,
        devices=found.devices,
        merged=found.merged,
        is_return=found.is_return,
        arrived_at=found.arrived_at,
    )
