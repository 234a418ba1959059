"""What goes in and out of the operations on imports."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict, Json

from fleetward.api.schemas import SOME_ID, SOME_TIME, In, Out, PageOut, Paging, sample
from fleetward.api.v1.device_schemas import SOME_HINT, FailureOut, hint_json, problem_json
from fleetward.devices.contracts import LIST_FIELDS, Profile
from fleetward.devices.imports.contracts import (
    ColumnMatch,
    ImportDetail,
    ImportState,
    ImportSummary,
    Outcome,
    OutcomeRow,
    SampleRow,
)
from fleetward.devices.texts import refusal_text

SOME_COUNTS = {"new": 480, "changed": 12, "unchanged": 0, "refused": 8, "skipped": 0}
NO_COUNTS = dict.fromkeys(SOME_COUNTS, 0)
SOME_IMPORT: dict[str, object] = {
    "id": SOME_ID,
    "state": "READY",
    "origin": "API",
    "file_name": "devices.csv",
    "file_size": 41234,
    "started_by": "admin@acme.example (CI)",
    "rows": 500,
    "done_rows": 0,
    "counts": NO_COUNTS,
    "created_at": SOME_TIME,
    "started_at": None,
    "finished_at": None,
    "rows_removed_at": None,
}
SOME_SAMPLE: dict[str, object] = {
    "row": 12,
    "outcome": "CHANGED",
    "cells": {"serial": "5XK2QL3", "manufacturer": "Dell", "location": "Paris"},
    "changes": {"location": ["Lyon", "Paris"]},
    "refusal": "",
    "field": "",
    "reason": "",
}


class UploadQuery(Schema):
    """What is told of a file beside its bytes."""

    file_name: str = Field("", max_length=200, description="Its name, where the form has none")
    mapping: Json[dict[str, str]] | None = Field(
        None,
        description=(
            'Field to column header, as JSON: `{"serial": "S/N"}`; guessed without. Fields: '
            + ", ".join(LIST_FIELDS)
        ),
    )
    default_manufacturer: str = Field(
        "", max_length=80, description="For lists without that column"
    )
    start: bool = Field(
        False, description="Import at once what can be imported, without waiting to be started"
    )


class UploadedOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(id=SOME_ID))
    id: UUID


class CountsOut(Out):
    """Rows by outcome."""

    new: int
    changed: int
    unchanged: int
    refused: int
    skipped: int


class ImportOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_IMPORT))
    id: UUID
    state: ImportState
    origin: str
    file_name: str
    file_size: int
    started_by: str
    rows: int
    done_rows: int
    counts: CountsOut = Field(description="Of rows that have ended")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    rows_removed_at: datetime | None = Field(
        description="When the rows of the file were removed; downloads have outcomes alone since"
    )


class ImportPage(PageOut):
    items: list[ImportOut]


class ColumnOut(Out):
    header: str
    field: str = Field(description="The field that it fills; empty: it is not imported")
    samples: list[str]
    is_ours: bool = Field(description="Written by Fleetward into an earlier download, and left out")


class SampleOut(Out):
    """A row of the preview, as it would be stored."""

    row: int = Field(description="The row as a spreadsheet counts; the header is row 1")
    outcome: Outcome
    cells: dict[str, str] = Field(description="Values by field")
    changes: dict[str, tuple[str, str]] = Field(
        description="Of a row that changes a device: the stored value and the one in the list"
    )
    refusal: str = Field(description="The stable code of a refusal; empty for others")
    field: str = Field(description="The field that is refused")
    reason: str = Field(description="What the refusal means, and what to do")


class HintOut(Out):
    """Something to look at in a row that is imported all the same."""

    row: int
    serial: str
    code: str
    detail: str
    fix: str


class ImportProblemOut(FailureOut):
    """Why the file was refused or the import failed."""


class ImportDetailOut(ImportOut):
    model_config = ConfigDict(
        json_schema_extra=sample(
            **SOME_IMPORT,
            mapping={"serial": "S/N"},
            default_manufacturer="Dell",
            columns=[
                {"header": "S/N", "field": "serial", "samples": ["5XK2QL3"], "is_ours": False},
                {"header": "Shelf", "field": "", "samples": ["A4"], "is_ours": False},
            ],
            profile="OTHER",
            missing=[],
            expected=SOME_COUNTS,
            refusals={"JUNK_SERIAL": 8},
            sample=[SOME_SAMPLE],
            hints=[{"row": 17, "serial": "5XK2OL3"} | SOME_HINT],
            hint_counts={"LOOK_ALIKE": 1},
            kind="csv",
            encoding="utf-8",
            separator=",",
            sheet="",
            other_sheets=[],
            blank_rows=0,
            problem=None,
            outcome_digest="",
        )
    )
    mapping: dict[str, str] = Field(description="Field to column header")
    default_manufacturer: str
    columns: list[ColumnOut] = Field(description="Every column of the file")
    missing: list[str] = Field(description="Fields without which nothing can be imported")
    expected: CountsOut = Field(description="What starting it would do")
    refusals: dict[str, int] = Field(description="Rows that would be refused, by reason")
    sample: list[SampleOut] = Field(description="The first rows of each outcome")
    hints: list[HintOut] = Field(description="The first ones of the list")
    hint_counts: dict[str, int] = Field(description="Rows with a hint, by its code")
    profile: Profile = Field(description="The program that the list is an export of")
    kind: str
    encoding: str
    separator: str
    sheet: str
    other_sheets: list[str] = Field(description="Sheets of a workbook that are not read")
    blank_rows: int = Field(description="Blank rows that were left out")
    problem: ImportProblemOut | None
    outcome_digest: str = Field(description="SHA-256 of all outcomes, once it is done")


class MappingIn(In):
    model_config = ConfigDict(
        json_schema_extra=sample(mapping={"serial": "S/N"}, default_manufacturer="Dell")
    )
    mapping: dict[str, str] = Field(description="Field to column header")
    default_manufacturer: str = Field("", max_length=80)


class OutcomeQuery(Schema):
    outcome: Outcome | None = Field(None, description="Only the rows that ended like this")


class OutcomesQuery(Paging):
    outcome: Outcome | None = Field(None, description="Only the rows that ended like this")


class OutcomeOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            row=17,
            outcome="REFUSED",
            refusal="MISSING_SERIAL",
            field="serial",
            reason="No serial number. Fill in the serial number, or leave this device out.",
            device_id=None,
        )
    )
    row: int = Field(description="The row as a spreadsheet counts; the header is row 1")
    outcome: Outcome
    refusal: str = Field(description="The stable code of a refusal; empty for others")
    field: str
    reason: str = Field(description="What the refusal means, and what to do")
    device_id: UUID | None


class OutcomePage(PageOut):
    items: list[OutcomeOut]


def summary_json(row: ImportSummary) -> dict[str, object]:
    return {
        "id": row.uid,
        "state": row.state,
        "origin": row.origin,
        "file_name": row.file_name,
        "file_size": row.file_size,
        "started_by": row.started_by,
        "rows": row.rows,
        "done_rows": row.done_rows,
        "counts": row.counts,
        "created_at": row.created_at,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
        "rows_removed_at": row.rows_removed_at,
    }


def detail_json(found: ImportDetail) -> dict[str, object]:
    report = found.report
    return summary_json(found.summary) | {
        "mapping": found.mapping,
        "default_manufacturer": found.default_manufacturer,
        "columns": [_column_json(column) for column in report.columns],
        "missing": report.missing,
        "expected": report.expected,
        "refusals": report.refusals,
        "sample": [_sample_json(row) for row in report.sample],
        "hints": [
            {"row": hint.row_no, "serial": hint.serial} | hint_json(hint.code)
            for hint in report.hints
        ],
        "hint_counts": report.hint_counts,
        "profile": report.profile or Profile.OTHER,
        "kind": report.kind,
        "encoding": report.encoding,
        "separator": report.separator,
        "sheet": report.sheet,
        "other_sheets": report.other_sheets,
        "blank_rows": report.blank_rows,
        "problem": problem_json(found.problem),
        "outcome_digest": found.outcome_digest,
    }


def _column_json(column: ColumnMatch) -> dict[str, object]:
    return {
        "header": column.header,
        "field": column.field,
        "samples": column.samples,
        "is_ours": column.is_ours,
    }


def _sample_json(row: SampleRow) -> dict[str, object]:
    return {
        "row": row.row_no,
        "outcome": row.outcome,
        "cells": row.cells,
        "changes": row.changes,
        "refusal": row.refusal,
        "field": row.field,
        "reason": refusal_text(row.refusal),
    }


def outcome_json(row: OutcomeRow) -> dict[str, object]:
    return {
        "row": row.row_no,
        "outcome": row.outcome,
        "refusal": row.refusal,
        "field": row.field,
        "reason": refusal_text(row.refusal),
        "device_id": row.device_uid or None,
    }
