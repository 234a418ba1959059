"""What people do with bulk changes: start one, cancel it, take it back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import cast

from django.db.models import QuerySet

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import use_case
from fleetward.devices.bulk.actions.queueing import queue
from fleetward.devices.bulk.actions.selecting import hold_selection, select_ended
from fleetward.devices.bulk.contracts import (
    OPPOSITE,
    BulkKind,
    BulkOver,
    BulkRow,
    BulkState,
    NoMembers,
    NothingToUndo,
    SelectionRow,
)
from fleetward.devices.bulk.queries import bulk_row
from fleetward.devices.bulk.rules import cleaned_changes
from fleetward.devices.contracts import GroupKind
from fleetward.devices.models import BulkRun, Group, ImportRun, Selection
from fleetward.infra.tx import constrained
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import KeyReused, NotFound
from fleetward.tenancy.licences.queries import require_licence, require_plan

LONGEST_KEY = 64
KEY_CONSTRAINT = "devices_bulkrun_request"


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

    Raises: NotFound, Forbidden, PlanWithoutKey, SelectionGone, NoMembers, NothingToChange,
    BadDevice, KeyReused.
    Repeat: the same `request_key` gives the bulk change that it began.
    """
    require(actor, kind.needs, tenant=tenant)
    if kind is BulkKind.EDIT and "plan" in params:
        require_plan(actor=actor, tenant=tenant, plan=str(params["plan"] or ""), today=now.date())
    key = request_key[:LONGEST_KEY] if request_key else None
    asked = _asked(kind, params)
    known = _with_key(tenant, key).first() if key else None
    if known is not None:
        return _repeated(known, kind, selection, asked)
    chosen = hold_selection(actor=actor, tenant=tenant, uid=selection, now=now)
    named = asked | _group_name(tenant, asked) if kind.of_group else asked
    try:
        with constrained(KEY_CONSTRAINT, KeyReused(key or "")):
            return begin(actor, tenant, kind, chosen, named, now, request_key=key)
    except KeyReused:
        # Somebody was first with this key, a moment ago.
        return _repeated(_with_key(tenant, key).get(), kind, selection, asked)


def _with_key(tenant: int, key: str | None) -> QuerySet[BulkRun]:
    runs = BulkRun.objects.select_related("undo_of")
    return runs.filter(tenant_id=tenant, request_key=key)


def _repeated(
    run: BulkRun, kind: BulkKind, selection: uuid.UUID, asked: Mapping[str, object]
) -> BulkRow:
    """What a key has begun already. Raises: KeyReused when that was something else."""
    others = Selection.objects.filter(uid=selection).exclude(id=run.selection_id)
    stored = {name: value for name, value in run.params.items() if name != "name"}
    if (run.kind, stored) != (kind, asked) or others.exists():
        raise KeyReused(run.request_key or "")
    return bulk_row(run)


def _asked(kind: BulkKind, params: Mapping[str, object]) -> dict[str, object]:
    """What is wanted, as it is stored. Raises: NothingToChange, BadDevice, NotFound."""
    if kind is BulkKind.EDIT:
        return dict(cleaned_changes(cast(Mapping[str, str | bool | date | None], params)))
    return {"group": _canonical(params["group"])} if kind.of_group else {}


def _canonical(given: object) -> str:
    """The id of a group. Raises: NotFound for what is none."""
    try:
        return str(uuid.UUID(str(given)))
    except ValueError:
        raise NotFound from None


def _group_name(tenant: int, asked: Mapping[str, object]) -> dict[str, object]:
    """The name of the group, which is told even when the group is gone."""
    group = Group.objects.filter(tenant_id=tenant, uid=str(asked["group"])).first()
    if group is None:
        raise NotFound
    if group.kind != GroupKind.STATIC:
        raise NoMembers
    return {"name": group.name}


def begin(
    actor: Actor,
    tenant: int,
    kind: BulkKind,
    selection: SelectionRow,
    params: Mapping[str, object],
    now: datetime,
    *,
    request_key: str | None = None,
    of: BulkRun | ImportRun | None = None,
) -> BulkRow:
    """Within a use case that has checked the right. What is not small is a worker's.

    `of`: what is taken back. Raises: LicenceSuspended, where devices would come back (L3).
    """
    if kind is BulkKind.RESTORE:
        require_licence(tenant=tenant, today=now.date())
    run = BulkRun.objects.create(
        tenant_id=tenant,
        kind=kind,
        user_id=actor.user_id,
        started_by=actor.name,
        on_behalf=actor.on_behalf_of,
        request_id=actor.request_id,
        request_key=request_key,
        selection_id=selection.id,
        query=selection.query,
        is_whole=selection.is_whole,
        params=dict(params),
        undo_of=of if isinstance(of, BulkRun) else None,
        import_run_id=of.id if isinstance(of, ImportRun) else None,
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

    Raises: NotFound, Forbidden, LicenceSuspended, NothingToUndo.
    Repeat: what is taken back already has changed.
    """
    run = _locked(actor, tenant, uid, Capability.SEE_DEVICES)
    if not bulk_row(run).has_undo:
        raise NothingToUndo
    kind = OPPOSITE[BulkKind(run.kind)]
    require(actor, kind.needs, tenant=tenant)
    if kind is BulkKind.EDIT and "plan" in run.params:
        # Back to what they had, whether it has a key or not: that is told as a surplus.
        require(actor, Capability.MANAGE_LICENCES, tenant=tenant)
    taken = [BulkKind(run.kind).has_taken]
    done = select_ended(actor=actor, run=run, outcomes=taken, now=now)
    return begin(actor, tenant, kind, done, run.params, now, of=run)


@use_case
def cancel_bulk(*, actor: Actor, tenant: int, uid: uuid.UUID, now: datetime) -> None:
    """Stop after the present slice; the devices done so far stay done, the others are skipped.

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
