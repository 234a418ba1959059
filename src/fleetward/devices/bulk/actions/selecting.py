"""Making selections: exactly the devices that were meant, and when each had changed last."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from fleetward.access.contracts import Capability
from fleetward.access.queries import require, scope
from fleetward.audit.actions import use_case
from fleetward.devices.bulk.contracts import (
    MOST_KEPT,
    MOST_KEPT_DEVICES,
    MOST_SELECTED,
    SELECTION_LIFETIME,
    BulkOutcome,
    BulkState,
    Found,
    NothingSelected,
    SelectionGone,
    SelectionReader,
    SelectionRow,
    TooManySelections,
)
from fleetward.devices.bulk.queries import selection_row, selections_of
from fleetward.devices.contracts import TooManyDevices
from fleetward.devices.models import BulkRun, Selection
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope, wait_turn
from fleetward.kernel.actor import Actor
from fleetward.tenancy.queries import list_tenant_ids

CONTEXT = "devices.bulk"
PURGE_AT_ONCE = 50_000
_TURN_LOCK = 7_305

_readers: list[SelectionReader] = []

_STORE = """
INSERT INTO devices_selectionitem (tenant_id, selection_id, device_id, seen_at)
SELECT %(selection_tenant)s::bigint, %(selection_id)s::bigint, f.id, f.seen_at
FROM ({found} LIMIT %(selection_most)s) f (id, seen_at)
"""
_PICKED = """
SELECT d.id, d.updated_at
FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
WHERE d.tenant_id = %(tenant)s::bigint AND d.uid = ANY (%(uids)s::uuid[])
"""
# Whoever takes a bulk change back compares values, or asks whether it is the latest change of a
# device (stage_slice), and not when that was.
_ENDED = """
SELECT i.device_id, NULL::timestamptz
FROM devices_bulkitem i
WHERE i.run_id = %(run)s::bigint
  AND i.tenant_id = %(tenant)s::bigint
  AND i.outcome = ANY (%(outcomes)s::text[])
"""


@use_case
def store_selection(
    *,
    actor: Actor,
    tenant: int,
    found: Found,
    query: str,
    is_whole: bool,
    now: datetime,
    name: str = "",
) -> SelectionRow:
    """Keep the devices that a statement finds now, for a day; nobody else sees the selection.

    `name`: what a work on it is called by.
    The oldest of one's own that no work needs give way, where too many are kept.
    Raises: NotFound, Forbidden, NothingSelected, TooManyDevices, TooManySelections.
    """
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    selection = Selection.objects.create(
        tenant_id=tenant,
        user_id=actor.own_id,
        query=query,
        name=name,
        is_whole=is_whole,
        created_at=now,
        expires_at=now + SELECTION_LIFETIME,
    )
    params = {
        **found.params,
        "selection_tenant": tenant,
        "selection_id": selection.id,
        "selection_most": MOST_SELECTED + 1,
    }
    selection.devices = sql.execute_text(_STORE.format(found=found.text), params)
    if not selection.devices:
        raise NothingSelected
    if selection.devices > MOST_SELECTED:
        raise TooManyDevices(MOST_SELECTED)
    selection.save(update_fields=["devices"])
    if actor.user_id is not None:
        _make_room(selection)
    return selection_row(selection)


def _make_room(new: Selection) -> None:
    """Let a new one be among as many as its user may keep. Raises: TooManySelections."""
    wait_turn(_TURN_LOCK, new.user_id)
    own = Selection.objects.filter(tenant_id=new.tenant_id, user_id=new.user_id)
    kept = dict(own.order_by("created_at", "id").values_list("id", "devices"))
    others = iter([selection for selection in kept if selection != new.id])
    while len(kept) > MOST_KEPT or sum(kept.values()) > MOST_KEPT_DEVICES:
        selection = next(others, None)
        if selection is None:
            raise TooManySelections
        if _gives_way(selection):
            del kept[selection]


def _gives_way(selection: int) -> bool:
    """Forget a selection, unless work needs it or begins to."""
    held = Selection.objects.select_for_update(skip_locked=True).filter(id=selection).first()
    if held is None or _is_needed(selection):
        return False
    sql.execute(CONTEXT, "purge_items", {"selection": selection, "most": held.devices})
    held.delete()
    return True


@use_case
def select_picked(
    *, actor: Actor, tenant: int, uids: Sequence[uuid.UUID], query: str, now: datetime
) -> SelectionRow:
    """Select devices one by one; which ids name none is told, in their order.

    Raises: NotFound, Forbidden, NothingSelected, TooManyDevices, TooManySelections.
    """
    params = scope(actor, Capability.SEE_DEVICES).params(tenant) | {"uids": list(uids)}
    found = Found(_PICKED, params)
    row = store_selection(
        actor=actor, tenant=tenant, found=found, query=query, is_whole=False, now=now
    )
    wanted = dict.fromkeys(uids)
    if row.devices == len(wanted):
        return row
    known = {uid for (uid,) in sql.fetch("devices", "list_seen", params)}
    return replace(row, not_found=tuple(uid for uid in wanted if uid not in known))


@use_case
def hold_selection(*, actor: Actor, tenant: int, uid: uuid.UUID, now: datetime) -> SelectionRow:
    """Keep a selection of the actor's own for another day, because work on it begins.

    Locks it, so that of two who begin the second one waits for the first.
    Raises: NotFound, Forbidden, SelectionGone.
    """
    own = selections_of(actor, tenant, uid)
    held = own.select_for_update().filter(expires_at__gt=now).first()
    if held is None:
        raise SelectionGone
    held.expires_at = now + SELECTION_LIFETIME
    held.save(update_fields=["expires_at"])
    return selection_row(held)


def select_ended(
    *, actor: Actor, run: BulkRun, outcomes: Sequence[BulkOutcome], now: datetime
) -> SelectionRow:
    """Select the devices of a bulk change that ended in some ways. Raises: NothingSelected."""
    params = {
        "run": run.id,
        "tenant": run.tenant_id,
        "outcomes": [str(outcome) for outcome in outcomes],
    }
    return store_selection(
        actor=actor,
        tenant=run.tenant_id,
        found=Found(_ENDED, params),
        query=run.query,
        is_whole=False,
        now=now,
    )


def release_selection(*, selection: int, now: datetime) -> None:
    """End the day of a selection of nobody's own: whoever it was made for is done with it.

    Within a scope that somebody else has opened and judged. What a person selected stays, because
    something else may be done with it.
    """
    nobody = Selection.objects.filter(id=selection, user_id=0)
    nobody.update(expires_at=now)


def register_reader(reader: SelectionReader) -> None:
    """Called once, when an upper context is loaded."""
    _readers.append(reader)


def purge_selections(*, now: datetime) -> int:
    """Forget selections whose day is over and that no work needs; returns how many."""
    with tenant_scope(list_tenant_ids()):
        over = list(Selection.objects.filter(expires_at__lte=now).values_list("tenant_id", "id"))
    return sum(purge_selection(tenant=tenant, selection=one, now=now) for tenant, one in over)


def purge_selection(*, tenant: int, selection: int, now: datetime) -> bool:
    """Forget a selection, if its day is over and no work needs it; opens its own transactions.

    The devices first, so that what a killed worker leaves is found again.
    """
    params = {"selection": selection, "most": PURGE_AT_ONCE}
    while True:
        with tenant_scope([tenant]):
            found = _over(selection, now)
            if found is None:
                return False
            if sql.execute(CONTEXT, "purge_items", params) < PURGE_AT_ONCE:
                found.delete()
                return True


def _over(selection: int, now: datetime) -> Selection | None:
    """A selection that may go, locked: whoever begins to work on it was first, or finds it gone."""
    held = Selection.objects.select_for_update()
    found = held.filter(id=selection, expires_at__lte=now).first()
    return None if _is_needed(selection) else found


def _is_needed(selection: int) -> bool:
    """Whether work that goes on reads it."""
    open_runs = BulkRun.objects.filter(state__in=[s for s in BulkState if s.is_open])
    return open_runs.filter(selection_id=selection).exists() or any(
        reader.still_reads(selection) for reader in _readers
    )
