"""Analysing an uploaded list, and what follows: it waits for a person, goes on, or is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from subprocess import CalledProcessError

from fleetward.audit.actions import use_case
from fleetward.devices.imports.actions.ending import refuse
from fleetward.devices.imports.actions.queueing import STORE, claim_analysis, queue, requester_of
from fleetward.devices.imports.actions.reading import read_list
from fleetward.devices.imports.actions.steering import set_running
from fleetward.devices.imports.actions.telling import tell_ready
from fleetward.devices.imports.contracts import (
    BadMapping,
    ColumnsMissing,
    ImportState,
    RightLost,
)
from fleetward.devices.imports.queries import find_run
from fleetward.devices.imports.staged import Analysis
from fleetward.devices.models import ImportRun
from fleetward.infra.files.errors import FileRefused
from fleetward.kernel.actor import Actor

Clock = Callable[[], datetime]


def analyse_import(*, tenant: int, run: int, clock: Clock, is_queued: bool = True) -> None:
    """Read, match columns, stage, count by outcome; then wait for a person, or go on by itself.

    Audit: import.started, if it goes on.   Repeat: an import past its analysis is left alone.
    """
    found = claim_analysis(tenant=tenant, run=run, now=clock())
    if found is None:
        return
    actor = requester_of(found)
    if actor is None:
        refuse(run=found, error=RightLost(), now=clock())
        return
    try:
        analysis = read_list(found, clock)
    except (FileRefused, BadMapping, ColumnsMissing) as error:
        refuse(run=found, error=error, now=clock())
        return
    except (CalledProcessError, OSError):
        # Discarded meanwhile: then its files are gone, and nobody waits for an answer.
        latest = find_run(tenant=tenant, run=run)
        if latest is not None and latest.state == ImportState.ANALYSING:
            raise
        return
    _go_on(actor=actor, run=found, analysis=analysis, now=clock(), is_queued=is_queued)


@use_case
def _go_on(
    *, actor: Actor, run: ImportRun, analysis: Analysis, now: datetime, is_queued: bool
) -> None:
    run.report, run.batches = analysis.stored(), len(analysis.batches)
    run.state, run.heartbeat_at = ImportState.READY, now
    ours = ImportRun.objects.filter(id=run.id, state=ImportState.ANALYSING)
    changed = ours.update(
        state=run.state,
        heartbeat_at=now,
        mapping=run.mapping,
        rows=run.rows,
        batches=run.batches,
        report=run.report,
    )
    if not changed:
        # Discarded meanwhile.
        return
    if not run.starts_itself:
        tell_ready(run, now)
        return
    set_running(run, actor=actor, now=now)
    if is_queued:
        queue(run, STORE)
