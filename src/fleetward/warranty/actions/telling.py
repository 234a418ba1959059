"""How a run ended, in the trail and in one notification."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from fleetward.audit.actions import record
from fleetward.audit.contracts import Verb
from fleetward.devices.bulk.contracts import SelectionGone
from fleetward.infra import sql
from fleetward.kernel.actor import Actor
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import Kind, Level
from fleetward.tenancy.contracts import ADMIN_ROLES
from fleetward.tenancy.queries import get_tenant_by_id, list_member_ids
from fleetward.warranty.contracts import CANCELLED, RunState, Trigger
from fleetward.warranty.models import Run
from fleetward.warranty.queries.runs import progress_of, run_row, since_of

KINDS = {
    (Trigger.BULK, RunState.DONE): Kind.RUN_DONE,
    (Trigger.BULK, RunState.DONE_WITH_PROBLEMS): Kind.RUN_PROBLEMS,
    (Trigger.BULK, RunState.CANCELLED): Kind.RUN_CANCELLED,
    (Trigger.SELECTION, RunState.DONE): Kind.REFRESH_DONE,
    (Trigger.SELECTION, RunState.DONE_WITH_PROBLEMS): Kind.REFRESH_PROBLEMS,
    (Trigger.SELECTION, RunState.CANCELLED): Kind.REFRESH_CANCELLED,
}
RUN_PAGE = "/t/{customer_id}/warranty/runs/{uid}/"


def subject_of(run: Run) -> str:
    """How the trail names a run."""
    return f"run:{run.uid}"


def tell(actor: Actor, run: Run, now: datetime) -> None:
    """The one notification and the one entry of a run's end, with the digest of its rows."""
    every = progress_of(run.id)
    failed: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    for one in every:
        failed.update(one.failed)
        skipped.update(one.skipped)
    numbers = {
        "devices": sum(one.devices for one in every),
        "found": sum(one.found for one in every),
        "not_found": sum(one.not_found for one in every),
        "failed": failed.total(),
        "done": sum(one.done for one in every) - skipped[CANCELLED],
        "simulated": sum(one.simulated for one in every),
    }
    is_cancelled = run.state == RunState.CANCELLED
    record(
        actor=actor,
        verb=Verb.RUN_CANCELLED if is_cancelled else Verb.RUN_FINISHED,
        tenant=run.tenant_id,
        subject=subject_of(run),
        details={
            **numbers,
            "state": run.state,
            "failed_by_reason": dict(failed),
            "skipped_by_reason": dict(skipped),
            **({"problem": run.problem} if run.problem else {}),
            "digest": sql.fetch("warranty", "digest_run", {"run": run.id})[0][0],
        },
        now=now,
    )
    if _is_told(run):
        _post(run, numbers, now)


def _is_told(run: Run) -> bool:
    """Nobody waits for the end of a scheduled run, but of its problems somebody should know."""
    is_asked_for = run.scheduled_on is None and not run.is_scheduled
    is_expected = is_asked_for or run.state == RunState.DONE_WITH_PROBLEMS
    return run.trigger != Trigger.DEVICE and is_expected


def _since(run: Run) -> dict[str, int]:
    """What had become of selected devices when the run was planned, if anything had."""
    since = since_of(run)
    return {} if since is None or since.is_as_it_was else since.told


def _called(run: Run) -> dict[str, str]:
    """What the run is for, where that has a name, or is a coverage."""
    row = run_row(run)
    named = {"name": row.name, "scope": str(row.scope or "")}
    return {name: text for name, text in named.items() if text}


def _post(run: Run, numbers: dict[str, int], now: datetime) -> None:
    kind = KINDS[Trigger(run.trigger), RunState(run.state)]
    if run.problem == SelectionGone.code:
        kind = Kind.REFRESH_STOPPED
    admins = list_member_ids(tenant=run.tenant_id, roles=ADMIN_ROLES)
    customer_id = get_tenant_by_id(run.tenant_id).customer_id
    post(
        tenant=run.tenant_id,
        users=[run.user_id] if run.user_id else admins,
        kind=kind,
        key=f"run:{run.uid}",
        params={**numbers, **_since(run), **_called(run)},
        now=now,
        level=Level.WARNING if run.state == RunState.DONE_WITH_PROBLEMS else Level.INFO,
        link=RUN_PAGE.format(customer_id=customer_id, uid=run.uid),
    )
