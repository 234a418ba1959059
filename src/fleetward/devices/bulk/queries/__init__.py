"""Questions about selections and bulk changes: what was selected, and how each device ended."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import msgspec
from django.db.models import QuerySet

from fleetward.access.contracts import Capability, Scope
from fleetward.access.queries import require, scope
from fleetward.devices.bulk.contracts import (
    MOST_SELECTED,
    BulkCounts,
    BulkItemRow,
    BulkKind,
    BulkOutcome,
    BulkRow,
    BulkState,
    SelectionGone,
    SelectionRow,
)
from fleetward.devices.bulk.rules import Value, cleaned_changes
from fleetward.devices.contracts import Problem
from fleetward.devices.models import BulkRun, Selection
from fleetward.infra import sql
from fleetward.infra.listing import latest_first
from fleetward.infra.tx import scoped, tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.paging import Page, decode_id, page_of

CONTEXT = "devices.bulk"
CHUNK_ROWS = 5_000


def changes_to_make(given: Mapping[str, str | bool | date | None]) -> dict[str, Value]:
    """What a bulk edit would store, to be shown before it does. Needs no database.

    Raises: NothingToChange, BadDevice.
    """
    return cleaned_changes(given)


@scoped
def get_selection(*, actor: Actor, tenant: int, uid: uuid.UUID) -> SelectionRow:
    """A selection of the actor's own. Raises: SelectionGone, NotFound, Forbidden."""
    return selection_row(_find_selection(actor, tenant, uid))


def _find_selection(actor: Actor, tenant: int, uid: uuid.UUID) -> Selection:
    found = selections_of(actor, tenant, uid).first()
    if found is None:
        raise SelectionGone
    return found


def selections_of(actor: Actor, tenant: int, uid: uuid.UUID) -> QuerySet[Selection]:
    """The one within a scope, for actions. One of somebody else is like one that is gone."""
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    return Selection.objects.filter(tenant_id=tenant, uid=uid, user_id=actor.own_id)


def list_selected(*, selection: int, after: int, most: int) -> list[int]:
    """The next devices of a selection by id, for a job; in or out of sight, deleted or not.

    Within a scope that somebody else has opened and judged.
    """
    params = {"selection": selection, "after": after, "most": most}
    return [device for (device,) in sql.fetch(CONTEXT, "list_selected", params)]


def count_selected(*, selection: int) -> int:
    """How many devices a selection has, for a job: as they were selected. Raises: SelectionGone.

    Within a scope that somebody else has opened and judged.
    """
    found = Selection.objects.filter(id=selection).first()
    if found is None:
        raise SelectionGone
    return found.devices


def count_since(
    sight: Scope,
    *,
    tenant: int,
    selection: int,
    after: int = 0,
    most: int = MOST_SELECTED,
    wants_active: bool = True,
) -> tuple[int, int]:
    """Of the next devices of a selection by id, how many have changed since, and how many are gone.

    For a job, within a scope that somebody else has opened and judged.
    """
    params = sight.params(tenant) | {
        "selection": selection,
        "after": after,
        "most": most,
        "wants_active": wants_active,
    }
    changed_since, gone = sql.fetch(CONTEXT, "count_since", params)[0]
    return changed_since, gone


@scoped
def list_named(
    *, actor: Actor, tenant: int, uid: uuid.UUID, most: int = 10
) -> list[tuple[str, str, str]]:
    """Name, manufacturer and serial of the first devices of a selection. Raises: SelectionGone."""
    selection = _find_selection(actor, tenant, uid)
    params = scope(actor, Capability.SEE_DEVICES).params(tenant) | {
        "selection": selection.id,
        "most": most,
    }
    return [
        (name, maker, serial) for name, maker, serial in sql.fetch(CONTEXT, "list_named", params)
    ]


@scoped
def list_bulk(
    *, actor: Actor, tenant: int, cursor: str | None = None, limit: int = 50
) -> Page[BulkRow]:
    """Bulk changes of a tenant, latest first. Raises: NotFound, Forbidden, BadCursor."""
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    runs = BulkRun.objects.filter(tenant_id=tenant).select_related("undo_of")
    return latest_first(runs, cursor=cursor, limit=limit, row=bulk_row)


@scoped
def get_bulk(*, actor: Actor, tenant: int, uid: uuid.UUID) -> BulkRow:
    """One bulk change. Raises: NotFound, Forbidden."""
    return bulk_row(_get(actor, tenant, uid))


@scoped
def list_items(
    *,
    actor: Actor,
    tenant: int,
    uid: uuid.UUID,
    outcomes: Sequence[BulkOutcome] = (),
    cursor: str | None = None,
    limit: int = 50,
) -> Page[BulkItemRow]:
    """How devices ended, in a lasting order. Raises: NotFound, Forbidden, BadCursor."""
    run = _get(actor, tenant, uid)
    after = decode_id(cursor) if cursor else 0
    found = _items(actor, run, outcomes, after, limit + 1)
    return page_of(found, limit, number=lambda one: one[0], row=lambda one: one[1])


def iterate_items(*, actor: Actor, tenant: int, uid: uuid.UUID) -> Iterator[BulkItemRow]:
    """The summary of a bulk change, a row for each device, the same on every download.

    Opens a transaction for each piece, because a download takes as long as its reader wants.
    Raises: NotFound, Forbidden, at the first row.
    """
    after: int | None = 0
    while after is not None:
        with tenant_scope(actor.tenants):
            found = _items(actor, _get(actor, tenant, uid), (), after, CHUNK_ROWS)
        yield from (row for _, row in found)
        after = found[-1][0] if len(found) == CHUNK_ROWS else None


def _items(
    actor: Actor, run: BulkRun, outcomes: Sequence[BulkOutcome], after: int, most: int
) -> list[tuple[int, BulkItemRow]]:
    params = scope(actor, Capability.SEE_DEVICES).params(run.tenant_id) | {
        "run": run.id,
        "after": after,
        "most": most,
        "outcomes": [str(outcome) for outcome in outcomes],
    }
    return [
        (number, BulkItemRow(device, maker, serial, name, BulkOutcome(outcome), refusal))
        for number, device, maker, serial, name, outcome, refusal in sql.fetch(
            CONTEXT, "list_items", params
        )
    ]


def _get(actor: Actor, tenant: int, uid: uuid.UUID) -> BulkRun:
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    runs = BulkRun.objects.select_related("undo_of")
    found = runs.filter(tenant_id=tenant, uid=uid).first()
    if found is None:
        raise NotFound
    return found


def selection_row(selection: Selection) -> SelectionRow:
    return SelectionRow(
        id=selection.id,
        uid=selection.uid,
        query=selection.query,
        is_whole=selection.is_whole,
        devices=selection.devices,
        created_at=selection.created_at,
        expires_at=selection.expires_at,
        name=selection.name,
    )


def counts_of(run: BulkRun) -> BulkCounts:
    return BulkCounts(**{str(o).lower(): getattr(run, str(o).lower()) for o in BulkOutcome})


def bulk_row(run: BulkRun) -> BulkRow:
    return BulkRow(
        id=run.id,
        uid=run.uid,
        kind=BulkKind(run.kind),
        state=BulkState(run.state),
        started_by=run.started_by,
        on_behalf=run.on_behalf,
        request_id=run.request_id,
        params=run.params,
        query=run.query,
        is_whole=run.is_whole,
        devices=run.devices,
        counts=counts_of(run),
        undo_of=run.undo_of.uid if run.undo_of else None,
        created_at=run.created_at,
        finished_at=run.finished_at,
        problem=msgspec.convert(run.problem, Problem) if run.problem else None,
    )
