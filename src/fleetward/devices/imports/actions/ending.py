"""How an import ends: done, refused as a whole, cancelled, or failed. Each end is told once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.devices.imports.actions import batches
from fleetward.devices.imports.actions.batches import CONTEXT
from fleetward.devices.imports.actions.queueing import worker_of
from fleetward.devices.imports.contracts import ImportBroken, ImportState, Outcome
from fleetward.devices.imports.queries import analysis_of, find_run, open_batches
from fleetward.devices.imports.store import folder_of
from fleetward.devices.models import ImportRun
from fleetward.infra import sql
from fleetward.infra.tx import after_commit
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import DomainError
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import Kind, Level
from fleetward.tenancy.contracts import Role
from fleetward.tenancy.queries import get_tenant_by_id, list_member_ids


@use_case
def finish(*, actor: Actor, run: ImportRun, now: datetime) -> None:
    """All rows have their outcome: DONE, with the digest of the outcome rows in the trail."""
    if _end(run, ImportState.DONE, from_states=[ImportState.RUNNING], now=now):
        _account(actor, run, now)
        level = Level.WARNING if run.refused else Level.INFO
        _tell(run, Kind.IMPORT_DONE, level, now)
        after_commit(folder_of(run.uid).discard_work)


def refuse(*, run: ImportRun, error: DomainError, now: datetime) -> None:
    """The file cannot be imported as a whole; nothing of it is kept."""
    _refuse(actor=worker_of(run.tenant_id), run=run, error=error, now=now)


@use_case
def _refuse(*, actor: Actor, run: ImportRun, error: DomainError, now: datetime) -> None:
    run.problem = problem_of(error)
    if _end(run, ImportState.REFUSED, from_states=[ImportState.ANALYSING], now=now):
        _record(actor, run, now, {"refused": error.code})
        _tell(run, Kind.IMPORT_REFUSED, Level.ERROR, now)
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
    run.problem = problem_of(error)
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
        batches.stage(folder_of(run.uid).batch(number))
        ended = sql.fetch(CONTEXT, "skip_rows", {"tenant": run.tenant_id, "run": run.id})
        batches.add_counts(run, dict(ended))
    _account(actor, run, now)
    kind = Kind.IMPORT_FAILED if state == ImportState.FAILED else Kind.IMPORT_CANCELLED
    _tell(run, kind, Level.ERROR if state == ImportState.FAILED else Level.INFO, now)
    after_commit(folder_of(run.uid).discard_work)


def _end(
    run: ImportRun, state: ImportState, *, from_states: list[ImportState], now: datetime
) -> bool:
    """Compare and set, so that of several workers one tells the end."""
    open_runs = ImportRun.objects.filter(id=run.id, state__in=from_states)
    return open_runs.update(state=state, finished_at=now, problem=run.problem) == 1


def _account(actor: Actor, run: ImportRun, now: datetime) -> None:
    """Counts by kind and the digest of the outcome rows, on the run and in the trail."""
    run.refresh_from_db()
    params = {"run": run.id, "tenant": run.tenant_id}
    run.outcome_digest = sql.fetch(CONTEXT, "digest_outcomes", params)[0][0]
    refusals = dict(sql.fetch(CONTEXT, "count_refusals", params))
    analysis = analysis_of(run)
    run.report = replace(analysis, report=replace(analysis.report, refusals=refusals)).stored()
    run.save(update_fields=["outcome_digest", "report"])
    counts = {str(o).lower(): getattr(run, str(o).lower()) for o in Outcome}
    _record(actor, run, now, {**counts, "outcomes_sha256": run.outcome_digest})


def _record(actor: Actor, run: ImportRun, now: datetime, details: dict[str, object]) -> None:
    record(
        actor=actor,
        verb=Verb.IMPORT_FINISHED,
        tenant=run.tenant_id,
        subject=f"import:{run.uid}",
        details={"file": run.file_name, "state": run.state, **details},
        now=now,
    )


def _tell(run: ImportRun, kind: Kind, level: Level, now: datetime) -> None:
    """Whoever sent the list; for one of the command line, those who may import."""
    tenant = get_tenant_by_id(run.tenant_id)
    admins = [Role.IT_ADMIN, Role.DEVICE_ADMIN]
    users = [run.user_id] if run.user_id else list_member_ids(tenant=tenant.id, roles=admins)
    post(
        tenant=tenant.id,
        users=users,
        kind=kind,
        level=level,
        key=f"import:{run.uid}",
        params={
            "file": run.file_name,
            "created": run.new,
            "changed": run.changed,
            "refused": run.refused,
            "done": run.done_rows - run.skipped,
        },
        link=f"/t/{tenant.customer_id}/imports/{run.uid}/",
        now=now,
    )


def problem_of(error: DomainError) -> dict[str, object]:
    """An error as the run keeps it; pages translate the texts when they are read."""
    return {
        "code": error.code,
        "text": error.text,
        "fix": error.fix,
        "details": error.details(),
    }
