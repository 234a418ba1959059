"""How an import ends: done, refused as a whole, cancelled, or failed. Each end is told once."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from fleetward.audit.actions import use_case
from fleetward.devices.contracts import Problem
from fleetward.devices.imports.actions.accounting import account, record_discarded, record_end
from fleetward.devices.imports.actions.batches import skip_batch
from fleetward.devices.imports.actions.queueing import worker_of
from fleetward.devices.imports.actions.telling import (
    tell_cancelled,
    tell_done,
    tell_failed,
    tell_refused,
)
from fleetward.devices.imports.contracts import ImportBroken, ImportState
from fleetward.devices.imports.queries import find_run, open_batches
from fleetward.devices.imports.store import folder_of
from fleetward.devices.models import ImportRun
from fleetward.infra.tx import after_commit
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import DomainError


@use_case
def finish(*, actor: Actor, run: ImportRun, now: datetime) -> None:
    """All rows have their outcome: DONE, with the digest of the outcome rows in the trail."""
    if _end(run, ImportState.DONE, from_states=[ImportState.RUNNING], now=now):
        account(actor, run, now)
        tell_done(run, now)
        after_commit(folder_of(run.uid).discard_work)


def refuse(*, run: ImportRun, error: DomainError, now: datetime) -> None:
    """The file cannot be imported as a whole; nothing of it is kept."""
    _refuse(actor=worker_of(run.tenant_id), run=run, error=error, now=now)


@use_case
def _refuse(*, actor: Actor, run: ImportRun, error: DomainError, now: datetime) -> None:
    run.problem = asdict(Problem.of(error))
    if _end(run, ImportState.REFUSED, from_states=[ImportState.ANALYSING], now=now):
        record_end(actor, run, now, {"refused": error.code})
        tell_refused(run, now)
        after_commit(folder_of(run.uid).discard)


def discard(run: ImportRun, *, actor: Actor, now: datetime) -> None:
    """Within a use case that ends an import of which nothing is stored; nothing of it is kept."""
    run.state, run.finished_at = ImportState.CANCELLED, now
    run.save(update_fields=["state", "finished_at"])
    record_discarded(actor, run, now)
    after_commit(folder_of(run.uid).discard)


def close_cancelled(*, run: ImportRun, now: datetime) -> None:
    """The rows stored so far stay; every other row is SKIPPED."""
    _close_rest(
        actor=worker_of(run.tenant_id),
        run=run,
        state=ImportState.CANCELLED,
        from_states=[ImportState.CANCELLING],
        now=now,
    )


def close_failed(*, run: ImportRun, error: DomainError, now: datetime) -> None:
    """It cannot go on: the rows stored so far stay, every other row is SKIPPED."""
    run.problem = asdict(Problem.of(error))
    _close_rest(
        actor=worker_of(run.tenant_id),
        run=run,
        state=ImportState.FAILED,
        from_states=[ImportState.RUNNING, ImportState.CANCELLING],
        now=now,
    )


def fail_import(*, tenant: int, run: int, now: datetime) -> None:
    """The last try of a job has failed. Repeat: an import that has ended is left alone."""
    found = find_run(tenant=tenant, run=run)
    if found is None:
        return
    if found.state in {ImportState.RUNNING, ImportState.CANCELLING}:
        close_failed(run=found, error=ImportBroken(), now=now)
    else:
        refuse(run=found, error=ImportBroken(), now=now)


@use_case
def _close_rest(
    *,
    actor: Actor,
    run: ImportRun,
    state: ImportState,
    from_states: list[ImportState],
    now: datetime,
) -> None:
    if not _end(run, state, from_states=from_states, now=now):
        return
    run.refresh_from_db(fields=["done_batches", "batches"])
    for number in open_batches(run):
        skip_batch(run, folder_of(run.uid).batch(number))
    account(actor, run, now)
    tell = tell_failed if state == ImportState.FAILED else tell_cancelled
    tell(run, now)
    after_commit(folder_of(run.uid).discard_work)


def _end(
    run: ImportRun, state: ImportState, *, from_states: list[ImportState], now: datetime
) -> bool:
    """Compare and set, so that of several workers one tells the end."""
    open_runs = ImportRun.objects.filter(id=run.id, state__in=from_states)
    return open_runs.update(state=state, finished_at=now, problem=run.problem) == 1
