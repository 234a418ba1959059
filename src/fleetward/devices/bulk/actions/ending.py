"""How a bulk change ends: done, cancelled, or failed. Each end is told once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.devices.bulk.actions.queueing import queue, requester_of
from fleetward.devices.bulk.contracts import BulkBroken, BulkKind, BulkState
from fleetward.devices.bulk.queries import CONTEXT, bulk_row, counts_of
from fleetward.devices.contracts import Problem
from fleetward.devices.models import BulkRun
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import DomainError
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import Kind, Level
from fleetward.tenancy.contracts import Role
from fleetward.tenancy.licences.actions import follow_plans
from fleetward.tenancy.queries import get_tenant_by_id, list_member_ids

VERBS: Mapping[BulkKind, Verb] = {
    BulkKind.EDIT: Verb.DEVICES_EDITED,
    BulkKind.GROUP_ADD: Verb.GROUP_FILLED,
    BulkKind.GROUP_REMOVE: Verb.GROUP_EMPTIED,
    BulkKind.DELETE: Verb.DEVICES_DELETED,
    BulkKind.RESTORE: Verb.DEVICES_RESTORED,
    BulkKind.UNDO_IMPORT: Verb.IMPORT_UNDONE,
}
KINDS: Mapping[BulkKind, Kind] = {
    BulkKind.EDIT: Kind.DEVICES_EDITED,
    BulkKind.GROUP_ADD: Kind.GROUP_FILLED,
    BulkKind.GROUP_REMOVE: Kind.GROUP_EMPTIED,
    BulkKind.DELETE: Kind.DEVICES_DELETED,
    BulkKind.RESTORE: Kind.DEVICES_RESTORED,
    BulkKind.UNDO_IMPORT: Kind.IMPORT_UNDONE,
}
# What deletes devices is told always (E10).
DELETING = {BulkKind.DELETE, BulkKind.UNDO_IMPORT}
PAGE = "/t/{customer_id}/devices/changes/{uid}/"
# Until then whoever started a small one waits for its answer and sees how it ended.
WAITED_FOR = timedelta(seconds=60)


def stop(run: BulkRun, error: DomainError) -> None:
    """Within the transaction that holds the run: nothing more is changed, the rest is skipped."""
    run.state = BulkState.CANCELLING
    run.problem = asdict(Problem.of(error))
    run.save(update_fields=["state", "problem"])


def break_bulk(*, tenant: int, run: int) -> None:
    """The last try of a job has failed. Repeat: one that has ended is left alone."""
    with tenant_scope([tenant]):
        found = BulkRun.objects.select_for_update().filter(tenant_id=tenant, id=run).first()
        if found is not None and found.state == BulkState.RUNNING:
            stop(found, BulkBroken())
            queue(found)


@use_case
def finish(*, actor: Actor, tenant: int, run_id: int, now: datetime) -> bool:
    """Every device has its outcome: the end, with the digest of the outcomes in the trail.

    False when somebody was first.
    """
    run = BulkRun.objects.select_for_update().get(tenant_id=tenant, id=run_id)
    if not BulkState(run.state).is_open:
        return False
    run.state = _end_of(run)
    run.finished_at = now
    params = {"tenant": tenant, "run": run.id}
    run.outcome_digest = sql.fetch(CONTEXT, "digest_items", params)[0][0]
    run.save(update_fields=["state", "finished_at", "outcome_digest"])
    _record(requester_of(run) or actor, run, now)
    _tell(run, now)
    if "plan" in run.params:
        follow_plans(tenant=tenant, now=now)
    return True


def _end_of(run: BulkRun) -> BulkState:
    if run.problem:
        return BulkState.FAILED
    return BulkState.CANCELLED if run.skipped else BulkState.DONE


def _record(actor: Actor, run: BulkRun, now: datetime) -> None:
    """One entry, with names of fields only: values may be personal, and stand in the history."""
    kind = BulkKind(run.kind)
    details: dict[str, object] = {"state": run.state, "devices": run.devices}
    details |= {name: number for name, number in asdict(counts_of(run)).items() if number}
    details["outcomes_sha256"] = run.outcome_digest
    if kind is BulkKind.EDIT:
        details["fields"] = sorted(run.params)
    if kind.of_group:
        details["group"] = run.params["name"]
    if kind is BulkKind.UNDO_IMPORT:
        details |= {"undoes": f"import:{run.params['import']}", "file": run.params["file"]}
    if run.undo_of is not None:
        details["takes_back"] = f"bulk:{run.undo_of.uid}"
    record(
        actor=actor,
        verb=VERBS[kind],
        tenant=run.tenant_id,
        subject=f"bulk:{run.uid}",
        details=details,
        now=now,
    )


def _tell(run: BulkRun, now: datetime) -> None:
    """Whoever started it, or who manages devices when that was no user.

    Not when the answer of the page told that a small one is done; of a deletion always (E10).
    """
    kind, state = BulkKind(run.kind), BulkState(run.state)
    is_seen = now - run.created_at < WAITED_FOR and bulk_row(run).is_small
    if is_seen and state is BulkState.DONE and kind not in DELETING:
        return
    counts = counts_of(run)
    tenant = get_tenant_by_id(run.tenant_id)
    admins = [Role.IT_ADMIN, Role.DEVICE_ADMIN]
    ends = {BulkState.CANCELLED: Kind.BULK_CANCELLED, BulkState.FAILED: Kind.BULK_FAILED}
    done = counts.done + counts.removed
    params: dict[str, object] = {"done": done, "devices": run.devices, "count": done}
    if kind.of_group:
        params["group"] = run.params["name"]
    if kind is BulkKind.UNDO_IMPORT:
        params["file"] = run.params["file"]
    post(
        tenant=tenant.id,
        users=[run.user_id] if run.user_id else list_member_ids(tenant=tenant.id, roles=admins),
        kind=ends.get(state, KINDS[kind]),
        level=_level(state, left_alone=counts.left_alone),
        key=f"bulk:{run.uid}",
        params=params,
        link=PAGE.format(customer_id=tenant.customer_id, uid=run.uid),
        now=now,
    )


def _level(state: BulkState, *, left_alone: int) -> Level:
    if state is BulkState.FAILED:
        return Level.ERROR
    return Level.WARNING if left_alone and state is BulkState.DONE else Level.INFO
