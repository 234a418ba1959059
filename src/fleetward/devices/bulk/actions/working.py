"""Working off a bulk change: slice after slice by id, each one transaction with its outcomes.

A killed worker's slice is as if it had never begun; the next one goes on after the latest mark.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from fleetward.devices.bulk.actions import steps
from fleetward.devices.bulk.actions.ending import finish, stop
from fleetward.devices.bulk.actions.queueing import queue, requester_of, worker_of
from fleetward.devices.bulk.contracts import BulkRightLost, BulkState, GroupGone
from fleetward.devices.bulk.queries import CONTEXT
from fleetward.devices.models import BulkRun
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.tenancy.queries import list_tenant_ids

Clock = Callable[[], datetime]

LOST_AFTER = timedelta(seconds=60)
SLICE = 20_000


def slice_size() -> int:
    """Devices of one transaction."""
    return SLICE


def work_off(*, tenant: int, run: int, clock: Clock) -> None:
    """Change all devices that have no outcome yet, or skip them once it is to stop; then end.

    Audit: see `ending`, once.   Repeat: goes on after the latest slice; two workers take turns.
    """
    while work_slice(tenant=tenant, run=run, clock=clock):
        pass


def work_slice(*, tenant: int, run: int, clock: Clock) -> bool:
    """Take the next slice, or end; False once there is nothing left to do."""
    with tenant_scope([tenant]):
        found = BulkRun.objects.select_for_update().filter(tenant_id=tenant, id=run).first()
        if found is None or not BulkState(found.state).is_open:
            return False
        if found.state == BulkState.CANCELLING:
            is_left = _close_slice(worker_of(found), found, clock(), skips=True)
        else:
            is_left = _change_slice(found, clock())
        if is_left:
            return True
    # In its own transaction, because the digest of a million outcomes takes a while.
    finish(actor=worker_of(found), tenant=tenant, run_id=run, now=clock())
    return False


def _change_slice(run: BulkRun, now: datetime) -> bool:
    """Rights are looked at again before each slice."""
    actor = requester_of(run)
    if actor is None:
        stop(run, BulkRightLost())
        return True
    try:
        return _close_slice(actor, run, now)
    except GroupGone as error:
        stop(run, error)
        return True


def _close_slice(actor: Actor, run: BulkRun, now: datetime, *, skips: bool = False) -> bool:
    last = steps.stage(actor, run, slice_size(), skips=skips)
    if last is None:
        return False
    if not skips:
        steps.take(actor, run, now)
    params = {"tenant": run.tenant_id, "run": run.id}
    for outcome, devices in sql.fetch(CONTEXT, "close_items", params):
        name = outcome.lower()
        setattr(run, name, getattr(run, name) + devices)
    run.done_to, run.heartbeat_at = last, now
    run.save()
    return True


def wake_bulk(*, now: datetime) -> int:
    """Queue the bulk changes whose worker is gone (hardening, 6); returns how many."""
    with tenant_scope(list_tenant_ids()):
        states = [state for state in BulkState if state.is_open]
        lost = BulkRun.objects.filter(state__in=states, heartbeat_at__lt=now - LOST_AFTER)
        for run in (found := list(lost)):
            queue(run)
        return len(found)
