"""Reading an uploaded list: its columns matched, its rows judged and cut into batches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from fleetward.devices.imports.actions.child import read_upload, stage_rows
from fleetward.devices.imports.actions.previewing import preview
from fleetward.devices.imports.contracts import ColumnsMissing, Report
from fleetward.devices.imports.queries import report_of
from fleetward.devices.imports.rules import (
    check_mapping,
    columns_of,
    columns_read,
    guessed_mapping,
    missing_of,
    profile_of,
)
from fleetward.devices.imports.staged import Analysis
from fleetward.devices.imports.store import Folder, folder_of
from fleetward.devices.models import ImportRun

Clock = Callable[[], datetime]


def read_list(run: ImportRun, clock: Clock) -> Analysis:
    """What a list holds, and what importing it would do if a person is to decide; sets the mapping.

    Raises: FileRefused, BadMapping, ColumnsMissing.
    """
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
    reading = read_upload(folder)
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
    staged = stage_rows(
        folder,
        run.mapping or {},
        dropped=[column.header for column in report.columns if column.is_ours],
        default_manufacturer=run.default_manufacturer,
    )
    report = replace(report, hints=tuple(staged.hints), hint_counts=staged.hint_counts)
    if not run.starts_itself:
        report = preview(run, folder, report, staged.batches, clock)
    return Analysis(report, staged.batches)
