"""What goes in and out of the operations on imports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict, Json

from fleetward.api.schemas import SOME_ID, SOME_TIME, In, Out, PageOut, Paging, sample
from fleetward.devices.contracts import LIST_FIELDS
from fleetward.devices.imports.contracts import (
    ImportDetail,
    ImportState,
    ImportSummary,
    Outcome,
    OutcomeRow,
    Problem,
)
from fleetward.devices.texts import REFUSAL_TEXTS, Advice

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


class HintOut(Out):
    """Something to look at in a row that is imported all the same."""

    row: int
    serial: str
    code: str


class ImportProblemOut(Out):
    """Why the file was refused or the import failed."""

    code: str
    detail: str
    fix: str


class ImportDetailOut(ImportOut):
    model_config = ConfigDict(
        json_schema_extra=sample(
            **SOME_IMPORT,
            mapping={"serial": "S/N"},
            default_manufacturer="Dell",
            columns=[
                {"header": "S/N", "field": "serial", "samples": ["5XK2QL3"]},
                {"header": "Shelf", "field": "", "samples": ["A4"]},
            ],
            missing=[],
            expected=SOME_COUNTS,
            refusals={"JUNK_SERIAL": 8},
            hints=[{"row": 17, "serial": "5XK2OL3", "code": "LOOK_ALIKE"}],
            kind="csv",
            encoding="utf-8",
            separator=",",
            sheet="",
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
    hints: list[HintOut]
    kind: str
    encoding: str
    separator: str
    sheet: str
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
        "columns": [
            {"header": c.header, "field": c.field, "samples": c.samples} for c in report.columns
        ],
        "missing": report.missing,
        "expected": report.expected,
        "refusals": report.refusals,
        "hints": [{"row": h.row_no, "serial": h.serial, "code": h.code} for h in report.hints],
        "kind": report.kind,
        "encoding": report.encoding,
        "separator": report.separator,
        "sheet": report.sheet,
        "problem": _problem_json(found.problem),
        "outcome_digest": found.outcome_digest,
    }


def _problem_json(problem: Problem | None) -> Mapping[str, str] | None:
    if problem is None:
        return None
    told = {"detail": problem.text, "fix": problem.fix}
    return {"code": problem.code} | {k: v.format(**problem.details) for k, v in told.items()}


def outcome_json(row: OutcomeRow) -> dict[str, object]:
    return {
        "row": row.row_no,
        "outcome": row.outcome,
        "refusal": row.refusal,
        "field": row.field,
        "reason": reason_of(row),
        "device_id": row.device_uid or None,
    }


def reason_of(row: OutcomeRow) -> str:
    """What a refusal means and what to do, in English as all of the API."""
    told = REFUSAL_TEXTS.get(row.refusal, Advice("", ""))
    return " ".join(f"{text.rstrip('.')}." for text in asdict(told).values() if text)
