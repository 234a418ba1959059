"""Reading an uploaded list and counting what importing it would do. Stores no device."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from subprocess import CalledProcessError

from fleetward.audit.actions import use_case
from fleetward.config.env import env
from fleetward.devices.imports.actions import batches
from fleetward.devices.imports.actions.batches import CONTEXT
from fleetward.devices.imports.actions.ending import refuse
from fleetward.devices.imports.actions.queueing import STORE, queue, requester_of
from fleetward.devices.imports.actions.steering import set_running
from fleetward.devices.imports.contracts import (
    BadMapping,
    ColumnsMissing,
    Counts,
    ImportState,
    Outcome,
    Report,
    RightLost,
    SampleRow,
)
from fleetward.devices.imports.queries import find_run, junk_serials, report_of
from fleetward.devices.imports.rules import (
    check_mapping,
    columns_of,
    columns_read,
    guessed_mapping,
    missing_of,
    profile_of,
)
from fleetward.devices.imports.staged import Analysis, Batch, StageRequest, stage_in_child
from fleetward.devices.imports.store import Folder, folder_of
from fleetward.devices.models import ImportRun
from fleetward.infra import sql
from fleetward.infra.files.errors import FileRefused
from fleetward.infra.files.isolated import read_in_child
from fleetward.infra.files.limits import DEFAULT_LIMITS
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor

Clock = Callable[[], datetime]
SAMPLE_ROWS = 12


def analyse_import(*, tenant: int, run: int, clock: Clock, is_queued: bool = True) -> None:
    """Read, match columns, stage, count by outcome; then wait for a person, or go on by itself.

    Audit: import.started, if it goes on.   Repeat: an import past its analysis is left alone.
    """
    found = _claim(tenant, run, clock())
    if found is None:
        return
    actor = requester_of(found)
    if actor is None:
        refuse(run=found, error=RightLost(), now=clock())
        return
    try:
        analysis = _analyse(found, clock)
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


def _claim(tenant: int, run: int, now: datetime) -> ImportRun | None:
    with tenant_scope([tenant]):
        ours = ImportRun.objects.filter(
            id=run, state__in=[ImportState.UPLOADED, ImportState.ANALYSING]
        )
        if not ours.update(state=ImportState.ANALYSING, heartbeat_at=now):
            return None
        return ImportRun.objects.get(id=run)


def _analyse(run: ImportRun, clock: Clock) -> Analysis:
    folder = folder_of(run.uid)
    report = report_of(run)
    if not report.columns or not folder.frame.exists():
        report = _read(run, folder)
    headers = [column.header for column in report.columns]
    if run.mapping is None:
        run.mapping = guessed_mapping(headers)
    check_mapping(run.mapping, headers)
    missing = missing_of(run.mapping, run.default_manufacturer)
    if missing and run.starts_itself:
        raise ColumnsMissing(", ".join(missing))
    report = replace(report, columns=columns_of(report.columns, run.mapping), missing=missing)
    return Analysis(report) if missing else _stage(run, folder, report, clock)


def _read(run: ImportRun, folder: Folder) -> Report:
    limits = replace(DEFAULT_LIMITS, rows=env().imports.max_rows)
    reading = read_in_child(folder.upload, folder.frame, limits=limits)
    folder.frame.chmod(0o600)
    run.rows = reading.rows
    return Report(
        kind=str(reading.kind),
        encoding=reading.encoding,
        separator=reading.separator,
        sheet=reading.sheet,
        other_sheets=reading.other_sheets,
        blank_rows=reading.blank_rows,
        profile=profile_of(reading.headers),
        columns=columns_read(reading.headers, reading.sample),
    )


def _stage(run: ImportRun, folder: Folder, report: Report, clock: Clock) -> Analysis:
    request = StageRequest(
        mapping=dict(run.mapping or {}),
        dropped=[column.header for column in report.columns if column.is_ours],
        junk=junk_serials(),
        default_manufacturer=run.default_manufacturer,
        batch_rows=batch_rows(),
    )
    staged = stage_in_child(folder, request)
    report = replace(report, hints=tuple(staged.hints), hint_counts=staged.hint_counts)
    if not run.starts_itself:
        report = _preview(run, folder, report, staged.batches, clock)
    return Analysis(report, staged.batches)


def batch_rows() -> int:
    """Rows of one transaction."""
    return env().imports.batch_rows


def _preview(
    run: ImportRun, folder: Folder, report: Report, staged: list[Batch], clock: Clock
) -> Report:
    """The same matching as the import's own, on the same batches, and nothing written."""
    outcomes: Counter[str] = Counter()
    refusals: Counter[str] = Counter()
    sample: list[SampleRow] = []
    for number, batch in enumerate(staged):
        with tenant_scope([run.tenant_id]):
            ImportRun.objects.filter(id=run.id).update(heartbeat_at=clock())
            batches.stage(folder.batch(number))
            batches.match(tenant=run.tenant_id, batch=batch, turn=1)
            for outcome, refusal, count in sql.fetch(CONTEXT, "count_outcomes"):
                outcomes[outcome] += count
                if refusal:
                    refusals[refusal] += count
            sample += [
                _sample(*r) for r in sql.fetch(CONTEXT, "sample_rows", {"most": SAMPLE_ROWS})
            ]
    expected = Counts(**{str(o).lower(): outcomes[o] for o in Outcome})
    return replace(report, expected=expected, refusals=dict(refusals), sample=_first(sample))


def _sample(
    row_no: int, outcome: str, refusal: str, field: str, cells: str, changes: str
) -> SampleRow:
    changed = {name: (old, new) for name, (old, new) in json.loads(changes).items()}
    return SampleRow(row_no, Outcome(outcome), json.loads(cells), refusal, field, changed)


def _first(sample: list[SampleRow]) -> tuple[SampleRow, ...]:
    """The first rows of the list for each outcome, in the order of the list."""
    kept: list[SampleRow] = []
    taken: Counter[Outcome] = Counter()
    for row in sorted(sample, key=lambda row: row.row_no):
        taken[row.outcome] += 1
        if taken[row.outcome] <= SAMPLE_ROWS:
            kept.append(row)
    return tuple(kept)


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
    if not changed or not run.starts_itself:
        # Nothing changed: it was discarded meanwhile.
        return
    set_running(run, actor=actor, now=now)
    if is_queued:
        queue(run, STORE)
