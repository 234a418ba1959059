"""Starting, cancelling and ending runs (W6, W7). Planning is in `planning`, asking in `lanes`."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from fleetward.access.contracts import Capability, Scope
from fleetward.access.queries import require, scope
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.config.env import env
from fleetward.devices.bulk.actions import hold_selection
from fleetward.infra import sql
from fleetward.infra.jobs import enqueue
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.tenancy.licences.queries import require_licence
from fleetward.warranty.actions.keeping import forget_pages
from fleetward.warranty.actions.planning import plan_devices, release_own
from fleetward.warranty.actions.settling import END_BATCHES, end_batches
from fleetward.warranty.actions.telling import subject_of, tell
from fleetward.warranty.contracts import (
    CANCELLED,
    STOPPED,
    RunOver,
    RunRow,
    RunState,
    Trigger,
)
from fleetward.warranty.models import Run
from fleetward.warranty.queries.runs import progress_of, run_row


@use_case
def start_run(*, actor: Actor, tenant: int, now: datetime) -> RunRow:
    """Open a bulk processing of every device of the tenant (W6), or return the one that is open.

    A scheduled run visits some devices only: an open one is cancelled in favour of a new one.
    Raises: NotFound, Forbidden, LicenceSuspended.
    Audit: run.started, run.cancelled of a scheduled run
    Repeat: one run at a time for a tenant (W7): to however many press at once it is the answer.
    """
    require(actor, Capability.REFRESH_WARRANTY, tenant=tenant)
    require_licence(tenant=tenant, today=now.date())
    found: Run | None = None
    while found is None:
        # The one that was open when we asked may be over when we look: then there is room for ours.
        found = open_run(actor=actor, tenant=tenant, scheduled_on=None, now=now) or _open_run(
            tenant
        )
        if found is not None and found.scheduled_on is not None:
            _end(found, RunState.CANCELLED, actor=actor, outcome=CANCELLED, now=now)
            found = None
    return run_row(found)


def _open_run(tenant: int) -> Run | None:
    """The bulk processing that is open. A scheduled one stays open while we hold it.

    No other one is waited for, which may be held for as long as it takes to plan a slice of it.
    """
    is_open = {"state__in": [RunState.PLANNING, RunState.RUNNING], "trigger": Trigger.BULK}
    found = Run.objects.filter(tenant_id=tenant, **is_open).first()
    if found is None or found.scheduled_on is None:
        return found
    return _held(tenant, id=found.id, **is_open)


def _held(tenant: int, **which: Any) -> Run | None:
    """A run that nobody else ends until the transaction does.

    Not its key, which a lane shares that puts devices of a batch into another one: the lane holds
    that batch, and whoever ends the run waits for it.
    """
    return Run.objects.select_for_update(no_key=True).filter(tenant_id=tenant, **which).first()


def open_run(*, actor: Actor, tenant: int, scheduled_on: date | None, now: datetime) -> Run | None:
    """A new bulk processing, planned by a job; None where a constraint is against it.

    Within the caller's transaction.   Audit: run.started
    """
    params = {
        "tenant": tenant,
        "started_by": actor.name,
        "user": actor.user_id,
        "now": now,
        "scheduled_on": scheduled_on,
    }
    opened = sql.fetch("warranty", "open_run", params)
    if not opened:
        return None
    run = Run.objects.get(id=opened[0][0])
    enqueue_plan(run.id, tenant)
    record(actor=actor, verb=Verb.RUN_STARTED, tenant=tenant, subject=subject_of(run), now=now)
    return run


@use_case
def refresh_selection(*, actor: Actor, tenant: int, selection: UUID, now: datetime) -> RunRow:
    """Ask about the devices of a selection (W7), exactly these: beside any bulk processing.

    Raises: NotFound, Forbidden, LicenceSuspended, SelectionGone.   Audit: run.started
    Repeat: while a run of this selection is open, that one is the answer.
    """
    require(actor, Capability.REFRESH_WARRANTY, tenant=tenant)
    require_licence(tenant=tenant, today=now.date())
    chosen = hold_selection(actor=actor, tenant=tenant, uid=selection, now=now)
    found = Run.objects.filter(
        selection_id=chosen.id, state__in=[RunState.PLANNING, RunState.RUNNING]
    ).first()
    if found is None:
        found = Run.objects.create(
            tenant_id=tenant,
            trigger=Trigger.SELECTION,
            started_by=actor.name,
            user_id=actor.user_id,
            selection_id=chosen.id,
            query=chosen.query,
            name=chosen.name,
            is_whole=chosen.is_whole,
            created_at=now,
        )
        enqueue_plan(found.id, tenant)
        record(
            actor=actor,
            verb=Verb.RUN_STARTED,
            tenant=tenant,
            subject=subject_of(found),
            details={"devices": chosen.devices},
            now=now,
        )
    return run_row(found)


@use_case
def refresh_device(*, actor: Actor, tenant: int, device_uid: str, now: datetime) -> RunRow:
    """Ask about one device now: a run of its own, beside any bulk processing.

    Raises: NotFound, Forbidden, LicenceSuspended.   Audit: run.started
    """
    require(actor, Capability.REFRESH_WARRANTY, tenant=tenant)
    require_licence(tenant=tenant, today=now.date())
    device = find_device(scope(actor, Capability.REFRESH_WARRANTY), tenant, device_uid)
    run = Run.objects.create(
        tenant_id=tenant,
        state=RunState.RUNNING,
        trigger=Trigger.DEVICE,
        started_by=actor.name,
        user_id=actor.user_id,
        created_at=now,
        started_at=now,
    )
    record(
        actor=actor,
        verb=Verb.RUN_STARTED,
        tenant=tenant,
        subject=subject_of(run),
        details={"device": device_uid},
        now=now,
    )
    sight = scope(actor, Capability.REFRESH_WARRANTY)
    run.devices = len(plan_devices(run, [device], sight=sight, now=now))
    run.save(update_fields=["devices"])
    if not enqueue_lanes(run):
        finish_run(actor=actor, tenant=tenant, run_id=run.id, now=now)
        run.refresh_from_db()
    return run_row(run)


def find_device(sight: Scope, tenant: int, device_uid: str) -> int:
    """The internal id of an active device in sight. Raises: NotFound."""
    found = sql.fetch("warranty", "find_device", sight.params(tenant) | {"uid": device_uid})
    if not found:
        raise NotFound
    return int(found[0][0])


def enqueue_plan(run_id: int, tenant: int) -> None:
    enqueue("warranty.plan_run", key=f"warranty.plan:{run_id}", run_id=run_id, tenant=tenant)


def enqueue_lanes(run: Run) -> int:
    """A job for each lane of each provider that has open batches; returns how many."""
    open_batches = run.batch_set.filter(state__in=["OPEN", "CLAIMED"]).order_by("provider")
    batches = Counter(open_batches.values_list("provider", flat=True))
    # All first lanes come before any second one: fewer threads than lanes still ask every vendor.
    for lane in range(env().warranty.lanes):
        for provider, count in batches.items():
            if lane < count:
                enqueue_lane(run.id, run.tenant_id, provider, lane)
    return len(batches)


def enqueue_lane(
    run_id: int, tenant: int, provider: str, lane: int, wait: timedelta | None = None
) -> None:
    """One waiting job for each lane is enough. No lock: batches are claimed, not lanes."""
    enqueue(
        "warranty.run_lane",
        key=f"warranty.lane:{run_id}:{provider}:{lane}",
        wait=wait,
        run_id=run_id,
        tenant=tenant,
        provider=provider,
        lane=lane,
    )


@use_case
def cancel_run(*, actor: Actor, tenant: int, uid: str, now: datetime) -> RunRow:
    """End an open run; what was answered stays, the other devices are cancelled.

    Raises: NotFound, Forbidden, RunOver.   Audit: run.cancelled
    """
    require(actor, Capability.REFRESH_WARRANTY, tenant=tenant)
    run = _held(tenant, uid=uid)
    if run is None:
        raise NotFound
    if not RunState(run.state).is_open:
        raise RunOver
    _end(run, RunState.CANCELLED, actor=actor, outcome=CANCELLED, now=now)
    return run_row(run)


@use_case
def stop_run(*, actor: Actor, tenant: int, run_id: int, problem: str = "", now: datetime) -> bool:
    """End an open run that cannot go on; devices without an answer are stopped with it.

    `problem` is the code of the error, where somebody can do something about it.
    False when somebody was first.   Audit: run.finished.   Repeat: does nothing more.
    """
    run = _held(tenant, id=run_id)
    if run is None or not RunState(run.state).is_open:
        return False
    run.problem = problem
    _end(run, RunState.DONE_WITH_PROBLEMS, actor=actor, outcome=STOPPED, now=now)
    return True


def _end(run: Run, state: RunState, *, actor: Actor, outcome: str, now: datetime) -> None:
    run.state, run.finished_at = state, now
    run.save(update_fields=["state", "finished_at", "problem"])
    ended = "CANCELLED" if state is RunState.CANCELLED else "DONE"
    # Those that we wait for may be over when we have them, and their devices in new ones.
    while _has_open_batches(run):
        end_batches(run.id, None, state=ended, outcome=outcome, most=END_BATCHES)
    forget_pages(run.id)
    release_own(run, now=now)
    tell(actor, run, now)


def _has_open_batches(run: Run) -> bool:
    return run.batch_set.filter(state__in=["OPEN", "CLAIMED"]).exists()


@use_case
def finish_run(*, actor: Actor, tenant: int, run_id: int, now: datetime) -> bool:
    """Close a run that has no open batch; False when it has, or when somebody was first.

    Audit: run.finished.   Repeat: the first call closes, tells and records; others do nothing.
    """
    closed = (
        Run.objects.filter(id=run_id, tenant_id=tenant, state=RunState.RUNNING)
        .exclude(batch__state__in=["OPEN", "CLAIMED"])
        .update(state=RunState.DONE, finished_at=now)
    )
    if not closed:
        return False
    run = Run.objects.get(id=run_id)
    if any(one.failed for one in progress_of(run_id)):
        run.state = RunState.DONE_WITH_PROBLEMS
        run.save(update_fields=["state"])
    forget_pages(run.id)
    tell(actor, run, now)
    return True
