"""What the jobs of a run do: plan it, work on it for a slice, and notice when it stands still."""

from __future__ import annotations

from datetime import datetime, timedelta

from fleetward.access.contracts import Capability
from fleetward.access.queries import only_in, scope
from fleetward.config.env import env
from fleetward.connections.actions import forget_failures
from fleetward.devices.bulk.contracts import SelectionGone
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor, system_actor
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.queries import actor_for_user, list_tenant_ids
from fleetward.warranty.actions.lanes import Lane
from fleetward.warranty.actions.opening import open_lane
from fleetward.warranty.actions.planning import forget_selection, plan_slice, release_own
from fleetward.warranty.actions.runs import (
    cancel_run,
    enqueue_lane,
    enqueue_lanes,
    enqueue_plan,
    finish_run,
    stop_run,
)
from fleetward.warranty.actions.settling import end_asking, end_provider, next_due
from fleetward.warranty.contracts import STOPPED, Reason, RunState
from fleetward.warranty.models import Run

STANDSTILL = timedelta(seconds=60)
SHORTEST_PAUSE = timedelta(seconds=1)


def plan_run(*, run_id: int, tenant: int, now: datetime) -> None:
    """Put every device into a batch, slice by slice, then start the lanes.

    A run whose selection is gone ends, and says so.
    Repeat: goes on after the last slice that was stored, and does nothing once planned.
    """
    actor = _requester(run_id, tenant, now)
    if actor is None:
        return
    try:
        _plan(actor, run_id=run_id, tenant=tenant, now=now)
    except SelectionGone as gone:
        system = _system(tenant)
        stop_run(actor=system, tenant=tenant, run_id=run_id, problem=gone.code, now=now)


def _plan(actor: Actor, *, run_id: int, tenant: int, now: datetime) -> None:
    while True:
        with tenant_scope(actor.tenants):
            run = Run.objects.select_for_update().filter(id=run_id, tenant_id=tenant).first()
            if run is None or run.state != RunState.PLANNING:
                return
            sight = scope(actor, Capability.REFRESH_WARRANTY)
            count, last = plan_slice(run, sight=sight, now=now)
            if last:
                run.devices, run.planned_to = run.devices + count, last
                run.save(update_fields=["devices", "planned_to", "changed_since", "gone"])
                continue
            run.state, run.started_at = RunState.RUNNING, now
            run.save(update_fields=["state", "started_at"])
            forget_failures(tenant=tenant, now=now)
            has_lanes = bool(enqueue_lanes(run))
            release_own(run, now=now)
        if not has_lanes:
            finish_run(actor=actor, tenant=tenant, run_id=run_id, now=now)
        forget_selection(run, now=now)
        return


def run_lane(*, run_id: int, tenant: int, provider: str, lane: int, now: datetime) -> None:
    """Work on the batches of a run at one provider for a slice of time, then queue the next slice.

    The last one closes the run. Repeat: a second worker finds other batches, or none.
    """
    actor = _requester(run_id, tenant, now)
    if actor is None:
        return
    opened = open_lane(actor, run_id, tenant, provider)
    rest = timedelta(0)
    if isinstance(opened, Lane):
        rest = opened.work()
        has_planned = opened.has_planned
    else:
        has_planned = end_provider(
            tenant=tenant,
            run_id=run_id,
            provider=provider,
            reason=Reason(opened),
            sight=scope(actor, Capability.REFRESH_WARRANTY),
            now=now,
        )
    if has_planned:
        _enqueue_lanes(tenant, run_id)
    # The work has taken its time: a run ends when it ends, not when its last slice began.
    now = max(now, utc_now())
    due_at = next_due(tenant, run_id, provider)
    if due_at is None:
        finish_run(actor=actor, tenant=tenant, run_id=run_id, now=now)
        return
    wait = max(due_at - now, rest)
    enqueue_lane(run_id, tenant, provider, lane, wait if wait >= SHORTEST_PAUSE else None)


def _enqueue_lanes(tenant: int, run_id: int) -> None:
    """For batches that were planned on the way, which may be another provider's."""
    with tenant_scope([tenant]):
        enqueue_lanes(Run.objects.get(id=run_id))


def _requester(run_id: int, tenant: int, now: datetime) -> Actor | None:
    """Who asked for the run, with the rights of this moment; None when there is nothing to do.

    A right that was lost since ends the run (hardening, tenants).
    """
    system = _system(tenant)
    with tenant_scope([tenant]):
        run = Run.objects.filter(id=run_id, tenant_id=tenant).first()
    if run is None or not RunState(run.state).is_open:
        return None
    if run.user_id is None:
        return system
    user = actor_for_user(user_id=run.user_id, name=run.started_by)
    actor = only_in(user, Capability.REFRESH_WARRANTY, tenant=tenant)
    if actor is None:
        cancel_run(actor=system, tenant=tenant, uid=str(run.uid), now=now)
    return actor


def fail_plan(*, run_id: int, tenant: int, now: datetime) -> None:
    """Planning has failed for the last time: the run is over. Repeat: does nothing more."""
    stop_run(actor=_system(tenant), tenant=tenant, run_id=run_id, now=now)


def fail_lane(*, run_id: int, tenant: int, provider: str, now: datetime) -> None:
    """A lane has failed for the last time: its provider is over for this run, the others go on.

    Repeat: does nothing more.
    """
    system = _system(tenant)
    sight = scope(system, Capability.REFRESH_WARRANTY)
    is_stopped = has_planned = False
    while not is_stopped:
        with tenant_scope([tenant]):
            ended, is_planned = end_asking(
                tenant=tenant,
                run_id=run_id,
                provider=provider,
                outcome=STOPPED,
                sight=sight,
                now=now,
            )
        is_stopped, has_planned = not ended, has_planned or is_planned
    if has_planned:
        _enqueue_lanes(tenant, run_id)
    finish_run(actor=system, tenant=tenant, run_id=run_id, now=now)


def open_runs(*, now: datetime) -> list[tuple[int, int]]:
    """The open runs that are not quite new, as tenant and id."""
    with tenant_scope(list_tenant_ids()):
        found = Run.objects.filter(
            state__in=[RunState.PLANNING, RunState.RUNNING], created_at__lt=now - STANDSTILL
        )
        return list(found.order_by("id").values_list("tenant_id", "id"))


def watch_run(*, tenant: int, run_id: int, now: datetime) -> None:
    """Bring back a run whose jobs have vanished, and close it when it has nothing left to do.

    One that takes longer than the operator allows is stopped (hardening, nothing lost 6).
    """
    deadline = timedelta(hours=env().warranty.run_hours)
    with tenant_scope([tenant]):
        run = Run.objects.filter(id=run_id, tenant_id=tenant).first()
        if run is None or not RunState(run.state).is_open:
            return
        is_going_on = _is_going_on(run, now)
    if is_going_on and run.created_at >= now - deadline:
        return
    end = stop_run if is_going_on else finish_run
    end(actor=_system(tenant), tenant=tenant, run_id=run_id, now=now)


def _is_going_on(run: Run, now: datetime) -> bool:
    """Whether there is work left; its jobs are queued again if they seem to be lost."""
    if run.state == RunState.PLANNING:
        enqueue_plan(run.id, run.tenant_id)
        return True
    left = run.batch_set.filter(state__in=["OPEN", "CLAIMED"])
    if left.filter(due_at__lt=now - STANDSTILL).exists():
        enqueue_lanes(run)
    return left.exists()


def _system(tenant: int) -> Actor:
    return system_actor("Bulk processing", tenant)
