"""Cutting devices into batches: by statements over slices, each its own transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fleetward.access.contracts import Scope
from fleetward.devices.bulk.actions import purge_selection, release_selection
from fleetward.devices.bulk.contracts import SelectionGone
from fleetward.devices.bulk.queries import count_selected, count_since, list_selected
from fleetward.infra import sql
from fleetward.tenancy.queries import get_tenant_by_id
from fleetward.warranty.contracts import DELETED
from fleetward.warranty.models import Batch, Run
from fleetward.warranty.queries.eligible import judging

SLICE = 50_000


def plan_slice(run: Run, *, sight: Scope, now: datetime) -> tuple[int, int]:
    """Plan the devices after `run.planned_to`; how many they were and the id of the last one.

    Of a scheduled run only devices that are due and can be asked about are planned. The id is 0
    when none was left. Within the caller's transaction, which also stores the run: so it can be
    resumed.
    Raises: SelectionGone.
    """
    if run.selection_id is not None:
        return _plan_selected(run, run.selection_id, sight, now)
    count, last, _ = _plan(run, sight, now, after=run.planned_to, only=None)
    return count, last


def _plan_selected(run: Run, selection: int, sight: Scope, now: datetime) -> tuple[int, int]:
    """The same of a selection; what was deleted since, or is out of sight, is told as that. How
    many these are, and how many were changed since, is counted in `run`.

    Raises: SelectionGone, when it is no more what was selected.
    """
    devices = list_selected(selection=selection, after=run.planned_to, most=SLICE)
    if not devices:
        # Nothing of ours takes it from a run in planning; a restored or mended database may.
        if run.devices < count_selected(selection=selection):
            raise SelectionGone
        return 0, 0
    planned = set(plan_devices(run, devices, sight=sight, now=now))
    gone = [device for device in devices if device not in planned]
    # Behind the planning: what is gone by now is one of those that were planned, or one of `gone`.
    changed_since, _ = count_since(
        sight, tenant=run.tenant_id, selection=selection, after=run.planned_to, most=SLICE
    )
    run.changed_since = (run.changed_since or 0) + changed_since
    run.gone = (run.gone or 0) + len(gone)
    if gone:
        Batch.objects.create(
            tenant_id=run.tenant_id,
            run=run,
            state="SKIPPED",
            device_ids=gone,
            outcomes=[DELETED] * len(gone),
            tally={DELETED: len(gone)},
            due_at=now,
            finished_at=now,
        )
    return len(devices), devices[-1]


def plan_devices(run: Run, devices: Sequence[int], *, sight: Scope, now: datetime) -> list[int]:
    """Plan these devices, within the caller's transaction; those that are there to be planned.

    Whether they are due or can be asked about: what a run has taken up has an outcome.
    """
    return _plan(run, sight, now, after=0, only=list(devices))[2] or []


def _plan(
    run: Run, sight: Scope, now: datetime, *, after: int, only: list[int] | None
) -> tuple[int, int, list[int] | None]:
    due_on = run.scheduled_on if only is None else None
    params = sight.params(run.tenant_id) | {
        "run": run.id,
        "after": after,
        "most": SLICE,
        "only": only,
        "now": now,
        "due_on": due_on,
        "zone": get_tenant_by_id(run.tenant_id).settings.time_zone if due_on else "UTC",
        **judging(run.tenant_id),
    }
    count, last, devices = sql.fetch("warranty", "plan_batches", params)[0]
    return count, last, devices


def release_own(run: Run, *, now: datetime) -> None:
    """End the day of the selection that was made for a run alone, within the caller's transaction.

    For a run that is planned, or over.
    """
    if run.own_selection is not None:
        release_selection(selection=run.own_selection, now=now)


def forget_selection(run: Run, *, now: datetime) -> None:
    """Remove it: a million rows for each schedule of a night are not kept for a day longer.

    In transactions of its own.   Repeat: does nothing more; the clock does what a killed worker
    leaves.
    """
    if run.own_selection is not None:
        purge_selection(tenant=run.tenant_id, selection=run.own_selection, now=now)
