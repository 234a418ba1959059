"""Questions about imports: the list, one import, and its outcome rows one by one or as a file."""

from __future__ import annotations

import csv
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import msgspec

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.devices.contracts import Problem
from fleetward.devices.imports.contracts import (
    OUTCOME_HEADERS,
    REASON_HEADERS,
    ROW_HEADERS,
    Batch,
    Counts,
    ImportDetail,
    ImportState,
    ImportSummary,
    Outcome,
    OutcomeRow,
    Report,
    RowsRemoved,
)
from fleetward.devices.imports.staged import Analysis
from fleetward.devices.imports.store import folder_of
from fleetward.devices.models import ImportRun
from fleetward.infra import sql
from fleetward.infra.listing import latest_first
from fleetward.infra.tx import scoped, tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import day_in
from fleetward.kernel.errors import NotFound
from fleetward.kernel.paging import Page, decode_id, page_of
from fleetward.tenancy.queries import get_tenant_by_id

CHUNK_ROWS = 5_000


@scoped
def list_imports(
    *, actor: Actor, tenant: int, cursor: str | None = None, limit: int = 50
) -> Page[ImportSummary]:
    """Imports of a tenant, latest first. Raises: Forbidden, BadCursor."""
    require(actor, Capability.IMPORT_DEVICES, tenant=tenant)
    runs = ImportRun.objects.filter(tenant_id=tenant).defer("report")
    return latest_first(runs, cursor=cursor, limit=limit, row=_summary)


@scoped
def get_import(*, actor: Actor, tenant: int, uid: uuid.UUID) -> ImportDetail:
    """One import with what its analysis found. Raises: NotFound, Forbidden."""
    run = _get(actor, tenant, uid)
    return ImportDetail(
        summary=_summary(run),
        report=report_of(run),
        mapping=run.mapping or {},
        default_manufacturer=run.default_manufacturer,
        problem=msgspec.convert(run.problem, Problem) if run.problem else None,
        outcome_digest=run.outcome_digest,
    )


@scoped
def get_progress(*, actor: Actor, tenant: int, uid: uuid.UUID) -> ImportSummary:
    """How far an import is, without its report. Raises: NotFound, Forbidden."""
    return _summary(_get(actor, tenant, uid))


@scoped
def list_outcomes(
    *,
    actor: Actor,
    tenant: int,
    uid: uuid.UUID,
    cursor: str | None = None,
    limit: int = 50,
    outcome: Outcome | None = None,
) -> Page[OutcomeRow]:
    """Rows that have ended, in the order of the file. Raises: NotFound, Forbidden, BadCursor."""
    run = _get(actor, tenant, uid)
    after = decode_id(cursor) if cursor else 0
    rows = _outcomes(run, after=after, limit=limit + 1, outcome=outcome)
    return page_of(rows, limit, number=lambda row: row.row_no, row=lambda row: row)


@dataclass(frozen=True, slots=True)
class OutcomeFile:
    """Every row of a list with its outcome. `lines` can be read once; cells come as they were."""

    file_name: str
    headers: Sequence[str]
    lines: Iterator[tuple[OutcomeRow, Sequence[str]]]
    mapping: Mapping[str, str]

    def column_of(self, row: OutcomeRow) -> str:
        """The column to correct, by its header in the file or, without one, by its field.

        '' for the serial number, which the texts of its refusals name themselves.
        """
        return "" if row.field == "serial" else self.mapping.get(row.field, row.field)

    def table(
        self,
        reason: Callable[[str, str], str],
        outcome: Callable[[Outcome], str] | None = None,
        language: str = "en",
    ) -> tuple[list[str], Iterator[list[str]]]:
        """Headers and rows to download: each row behind its number, before how and why it ended.

        `reason` words a refusal in a column; without `outcome`, how it ended is left out.
        """
        blank = [""] * len(self.headers)
        ended = [OUTCOME_HEADERS[language]] if outcome else []
        headers = [ROW_HEADERS[language], *self.headers, *ended, REASON_HEADERS[language]]
        rows = (
            [
                str(row.row_no),
                *(cells or blank),
                *([outcome(row.outcome)] if outcome else []),
                reason(row.refusal, self.column_of(row)),
            ]
            for row, cells in self.lines
        )
        return headers, rows


@scoped
def get_outcome_file(
    *, actor: Actor, tenant: int, uid: uuid.UUID, only: Outcome | None = None
) -> OutcomeFile:
    """The summary of an import, or the rows of one outcome.

    Once the rows of the file are removed it has no headers and no cells.
    Raises: NotFound, Forbidden, RowsRemoved for the refused ones, which are there to be corrected.
    """
    run = _get(actor, tenant, uid)
    if only is Outcome.REFUSED and run.rows_removed_at is not None:
        zone = get_tenant_by_id(tenant).settings.time_zone
        raise RowsRemoved(day_in(zone, run.rows_removed_at))
    headers = next(_cells(run), [""])[1:]
    return OutcomeFile(run.file_name, headers, _joined(run, only), run.mapping or {})


def _joined(run: ImportRun, only: Outcome | None) -> Iterator[tuple[OutcomeRow, Sequence[str]]]:
    """Outcomes and cells are both in the order of the file."""
    lines = _cells(run)
    next(lines, None)
    for row in _stream(run, only):
        cells = next((line for line in lines if int(line[0]) == row.row_no), None)
        yield row, cells[1:] if cells else ()


def _cells(run: ImportRun) -> Iterator[list[str]]:
    """Headers of a file, then its rows, each behind its number; nothing once they are removed."""
    with (
        suppress(FileNotFoundError),
        folder_of(run.uid).rows.open(newline="", encoding="utf-8") as file,
    ):
        yield from csv.reader(file)


def _stream(run: ImportRun, only: Outcome | None) -> Iterator[OutcomeRow]:
    after = 0
    while True:
        with tenant_scope([run.tenant_id]):
            rows = _outcomes(run, after=after, limit=CHUNK_ROWS, outcome=only)
        yield from rows
        if len(rows) < CHUNK_ROWS:
            return
        after = rows[-1].row_no


def _outcomes(
    run: ImportRun, *, after: int, limit: int, outcome: Outcome | None
) -> list[OutcomeRow]:
    params: Mapping[str, object] = {
        "run": run.id,
        "tenant": run.tenant_id,
        "after": after,
        "limit": limit,
        "outcome": str(outcome or ""),
    }
    rows = sql.fetch("devices.imports", "list_outcomes", params)
    return [
        OutcomeRow(row_no, Outcome(word), refusal, field, str(device) if device else "")
        for row_no, word, refusal, field, device in rows
    ]


def find_run(*, tenant: int, run: int) -> ImportRun | None:
    """A run by its internal ids, for jobs."""
    with tenant_scope([tenant]):
        return ImportRun.objects.filter(tenant_id=tenant, id=run).first()


def find_run_id(*, actor: Actor, tenant: int, uid: uuid.UUID) -> int:
    """The internal id of an import, for the command line, which is its own worker."""
    with tenant_scope(actor.tenants):
        return _get(actor, tenant, uid).id


def analysis_of(run: ImportRun) -> Analysis:
    return msgspec.convert(run.report, Analysis) if run.report else Analysis()


def report_of(run: ImportRun) -> Report:
    return analysis_of(run).report


def batches_of(run: ImportRun) -> list[Batch]:
    return analysis_of(run).batches


def open_batches(run: ImportRun) -> list[int]:
    """Numbers of the batches that are not stored yet."""
    return sorted(set(range(run.batches)) - set(run.done_batches))


def _get(actor: Actor, tenant: int, uid: uuid.UUID) -> ImportRun:
    require(actor, Capability.IMPORT_DEVICES, tenant=tenant)
    run = ImportRun.objects.filter(tenant_id=tenant, uid=uid).first()
    if run is None:
        raise NotFound
    return run


def _summary(run: ImportRun) -> ImportSummary:
    return ImportSummary(
        id=run.id,
        uid=run.uid,
        state=ImportState(run.state),
        origin=run.origin,
        file_name=run.file_name,
        file_size=run.file_size,
        started_by=run.started_by,
        rows=run.rows,
        done_rows=run.done_rows,
        counts=Counts(run.new, run.changed, run.unchanged, run.refused, run.skipped),
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        rows_removed_at=run.rows_removed_at,
    )
