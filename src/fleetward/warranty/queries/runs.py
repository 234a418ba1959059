"""Runs as pages and programs see them: state, progress, and the outcome of each device."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from fleetward.access.contracts import Capability
from fleetward.access.queries import require, scope
from fleetward.devices.bulk.contracts import SinceSelected
from fleetward.infra import sql
from fleetward.infra.listing import latest_first
from fleetward.infra.tx import scoped, tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.paging import Page
from fleetward.warranty.contracts import (
    CANCELLED,
    DELETED,
    FOUND,
    NOT_FOUND,
    OutcomeRow,
    ProviderProgress,
    RunRow,
    RunState,
    Trigger,
)
from fleetward.warranty.models import Run
from fleetward.warranty.queries.meant import scope_of

OUTCOME_BATCHES = 20


@scoped
def get_run(*, actor: Actor, tenant: int, uid: str) -> RunRow:
    """One run of a tenant. Raises: NotFound, Forbidden."""
    require(actor, Capability.SEE_WARRANTY, tenant=tenant)
    found = Run.objects.filter(tenant_id=tenant, uid=uid).first()
    if found is None:
        raise NotFound
    return run_row(found)


@scoped
def find_latest_run(*, actor: Actor, tenant: int) -> RunRow | None:
    """The open bulk processing of a tenant or else its latest (W7). Raises: NotFound, Forbidden."""
    require(actor, Capability.SEE_WARRANTY, tenant=tenant)
    found = Run.objects.filter(tenant_id=tenant, trigger=Trigger.BULK).order_by("-id").first()
    return run_row(found) if found else None


@scoped
def list_runs(
    *, actor: Actor, tenant: int, cursor: str | None = None, limit: int = 50
) -> Page[RunRow]:
    """Bulk processings and refreshes of selections, latest first.

    Raises: NotFound, Forbidden, BadCursor.
    """
    require(actor, Capability.SEE_WARRANTY, tenant=tenant)
    runs = Run.objects.filter(tenant_id=tenant, trigger__in=[Trigger.BULK, Trigger.SELECTION])
    return latest_first(runs, cursor=cursor, limit=limit, row=run_row)


def reads_selection(*, selection: int) -> bool:
    """Whether devices of a selection are still being put into batches, however late.

    Within a scope that somebody else has opened and judged.
    """
    runs = Run.objects.filter(trigger=Trigger.SELECTION, state=RunState.PLANNING)
    return runs.filter(selection_id=selection).exists()


@scoped
def get_progress(*, actor: Actor, tenant: int, uid: str) -> list[ProviderProgress]:
    """How far a run is, by provider. Raises: NotFound, Forbidden."""
    run = get_run(actor=actor, tenant=tenant, uid=uid)
    return progress_of(run.id)


def progress_of(run_id: int) -> list[ProviderProgress]:
    """Within a scope that somebody else has opened and judged."""
    counts: dict[str, list[tuple[str, str, bool, int]]] = {}
    for provider, *count in sql.fetch("warranty", "count_run", {"run": run_id}):
        if count[-1]:
            counts.setdefault(provider, []).append(tuple(count))
    return [_progress(provider, counts[provider]) for provider in sorted(counts)]


def _progress(provider: str, counts: list[tuple[str, str, bool, int]]) -> ProviderProgress:
    found = not_found = waiting = simulated = 0
    failed: dict[str, int] = {}
    skipped: dict[str, int] = {}
    for state, outcome, is_simulated, devices in counts:
        simulated += devices if is_simulated else 0
        if not outcome:
            waiting += devices
        elif outcome == FOUND:
            found += devices
        elif outcome == NOT_FOUND:
            not_found += devices
        else:
            is_skipped = state == "SKIPPED" or outcome in (CANCELLED, DELETED)
            group = skipped if is_skipped else failed
            group[outcome] = group.get(outcome, 0) + devices
    return ProviderProgress(provider, found, not_found, failed, skipped, waiting, simulated)


def time_left(
    run: RunRow, parts: Sequence[ProviderProgress], *, now: datetime
) -> tuple[float, timedelta | None]:
    """Devices asked about a minute since the run began, and how long the waiting ones take.

    Providers work side by side, each at its own rate: the slowest one tells. No time is told
    while one has not answered yet.
    """
    asked = sum(part.asked for part in parts)
    if run.started_at is None or not asked:
        return 0.0, None
    so_far = (run.finished_at or now) - run.started_at
    rate = asked / (so_far / timedelta(minutes=1)) if so_far else 0.0
    waiting = [part for part in parts if part.waiting]
    if not (rate and run.state.is_open and all(part.asked for part in waiting)):
        return rate, None
    longest = max((part.waiting / part.asked for part in waiting), default=0.0)
    return rate, so_far * longest


def iterate_outcomes(*, actor: Actor, tenant: int, uid: str) -> Iterator[OutcomeRow]:
    """The summary of a run, one row for each device, the same on every download.

    Opens a transaction for each piece, because a download takes as long as its reader wants.
    Raises: NotFound, Forbidden, at the first row.
    """
    run = get_run(actor=actor, tenant=tenant, uid=uid)
    sight = scope(actor, Capability.SEE_WARRANTY)
    after: int | None = 0
    while after is not None:
        params = sight.params(tenant) | {
            "run": run.id,
            "after": after,
            "most": OUTCOME_BATCHES,
        }
        with tenant_scope(actor.tenants):
            rows = sql.fetch("warranty", "list_outcomes", params)
        yield from (OutcomeRow(*row[1:]) for row in rows)
        after = rows[-1][0] if rows else None


def run_row(run: Run) -> RunRow:
    return RunRow(
        id=run.id,
        uid=str(run.uid),
        tenant=run.tenant_id,
        state=RunState(run.state),
        trigger=Trigger.SCHEDULED if run.scheduled_on else Trigger(run.trigger),
        started_by=run.started_by,
        devices=run.devices,
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        query=run.query,
        is_whole=run.is_whole,
        problem=run.problem,
        since=since_of(run),
        name=run.name,
        scope=scope_of(run.query) if run.is_whole and not run.name else None,
    )


def since_of(run: Run) -> SinceSelected | None:
    """What had become of selected devices when they were planned; None where nobody has looked."""
    if run.changed_since is None or run.gone is None:
        return None
    return SinceSelected(run.devices, run.changed_since, run.gone)
