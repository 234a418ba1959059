"""What people do with bulk changes: start one, cancel it, take it back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import cast

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import use_case
from fleetward.devices.bulk.actions.queueing import queue
from fleetward.devices.bulk.actions.selecting import select_ended
from fleetward.devices.bulk.contracts import (
    OPPOSITE,
    BulkKind,
    BulkOutcome,
    BulkOver,
    BulkRow,
    BulkState,
    NoMembers,
    NothingToUndo,
    SelectionRow,
)
from fleetward.devices.bulk.queries import bulk_row, find_selection, selection_row
from fleetward.devices.bulk.rules import cleaned_changes
from fleetward.devices.contracts import GroupKind
from fleetward.devices.models import BulkRun, Group
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound

LONGEST_KEY = 64


@use_case
def start_bulk(
    *,
    actor: Actor,
    tenant: int,
    kind: BulkKind,
    selection: uuid.UUID,
    params: Mapping[str, object],
    now: datetime,
    request_key: str | None = None,
) -> BulkRow:
    """Begin to do one thing to every device of a selection; a few are left to the caller, who then
    calls `work_off`, more are a worker's. The trail tells of it when it ends, once.

    Raises: NotFound, Forbidden, SelectionGone, NoMembers, NothingToChange, BadDevice.
    Repeat: the same `request_key` gives the bulk change that it began.
    """
    require(actor, kind.needs, tenant=tenant)
    known = _known(tenant, request_key)
    if known is not None:
        return bulk_row(known)
    chosen = selection_row(find_selection(actor, tenant, selection))
    given: dict[str, object]
    if kind is BulkKind.EDIT:
        given = dict(cleaned_changes(cast(Mapping[str, str | bool | date | None], params)))
    else:
        given = _group_params(actor, tenant, params) if kind.of_group else {}
    return _begin(actor, tenant, kind, chosen, given, now, request_key=request_key)


def _known(tenant: int, request_key: str | None) -> BulkRun | None:
    if not request_key:
        return None
    runs = BulkRun.objects.select_related("undo_of")
    return runs.filter(tenant_id=tenant, request_key=request_key).first()


def _group_params(actor: Actor, tenant: int, given: Mapping[str, object]) -> dict[str, object]:
    """The group with its name, which is told even when the group is gone."""
    group = Group.objects.filter(tenant_id=tenant, uid=str(given["group"])).first()
    if group is None:
        raise NotFound
    if group.kind != GroupKind.STATIC:
        raise NoMembers
    return {"group": str(group.uid), "name": group.name}


def _begin(
    actor: Actor,
    tenant: int,
    kind: BulkKind,
    selection: SelectionRow,
    params: Mapping[str, object],
    now: datetime,
    *,
    request_key: str | None = None,
    undo_of: BulkRun | None = None,
) -> BulkRow:
    run = BulkRun.objects.create(
        tenant_id=tenant,
        kind=kind,
        user_id=actor.user_id,
        started_by=actor.name,
        on_behalf=actor.on_behalf_of,
        request_id=actor.request_id,
        request_key=request_key[:LONGEST_KEY] if request_key else None,
        selection_id=selection.id,
        query=selection.query,
        is_whole=selection.is_whole,
        params=dict(params),
        undo_of=undo_of,
        devices=selection.devices,
        created_at=now,
        heartbeat_at=now,
    )
    if not selection.is_small:
        queue(run)
    return bulk_row(run)


@use_case
def undo_bulk(*, actor: Actor, tenant: int, uid: uuid.UUID, now: datetime) -> BulkRow:
    """Begin to take back what a bulk change did, except where devices have changed since.

    Raises: NotFound, Forbidden, NothingToUndo.   Repeat: what is taken back already has changed.
    """
    run = _locked(actor, tenant, uid, Capability.SEE_DEVICES)
    if not bulk_row(run).has_undo:
        raise NothingToUndo
    kind = OPPOSITE[BulkKind(run.kind)]
    require(actor, kind.needs, tenant=tenant)
    done = select_ended(actor=actor, run=run, outcomes=[BulkOutcome.DONE], now=now)
    return _begin(actor, tenant, kind, done, run.params, now, undo_of=run)


@use_case
def cancel_bulk(*, actor: Actor, tenant: int, uid: uuid.UUID, now: datetime) -> None:
    """Stop after the present batch; the devices done so far stay done, the others are skipped.

    Raises: NotFound, Forbidden, BulkOver.   Repeat: one that is being cancelled is left alone.
    """
    run = _locked(actor, tenant, uid, Capability.SEE_DEVICES)
    require(actor, BulkKind(run.kind).needs, tenant=tenant)
    if not BulkState(run.state).is_open:
        raise BulkOver
    if run.state == BulkState.RUNNING:
        run.state = BulkState.CANCELLING
        run.save(update_fields=["state"])
        queue(run)


def _locked(actor: Actor, tenant: int, uid: uuid.UUID, capability: Capability) -> BulkRun:
    require(actor, capability, tenant=tenant)
    run = BulkRun.objects.select_for_update().filter(tenant_id=tenant, uid=uid).first()
    if run is None:
        raise NotFound
    return run
