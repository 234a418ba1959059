"""What goes in and out of the operations on exports."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from ninja import Field
from pydantic import AfterValidator, ConfigDict, WithJsonSchema, model_validator

from fleetward.api.schemas import SOME_ID, SOME_TIME, In, Out, PageOut, sample
from fleetward.api.v1.device_schemas import FailureOut, SortBy, problem_json
from fleetward.api.v1.selection_schemas import SelectionFilter, SinceSelectedOut
from fleetward.warranty.exports.contracts import ExportFormat, ExportRow, ExportState
from fleetward.warranty.queries.export import CELLS


def _column(word: str) -> str:
    if word not in CELLS:
        raise ValueError("This is no column of an export.")
    return word


ExportColumn = Annotated[
    str, AfterValidator(_column), WithJsonSchema({"type": "string", "enum": list(CELLS)})
]


class NewExport(In):
    """At most one of `filter`, `selection_id` and `view_id`; without, every active device."""

    model_config = ConfigDict(
        json_schema_extra=sample(format="xlsx", filter={"status": ["OUT"]}, sort="end")
    )
    format: ExportFormat = Field(description="An Excel sheet holds 1,048,575 devices at most")
    filter: SelectionFilter | None = Field(None, description="The filters of `GET /devices`")
    selection_id: UUID | None = Field(None, description="A selection of one's own")
    view_id: UUID | None = Field(None, description="What a saved view finds")
    sort: SortBy = Field(SortBy.END, description="The order of the rows")
    columns: list[ExportColumn] = Field([], description="Those wanted, in this order; empty: all")

    @model_validator(mode="after")
    def _one_at_most(self) -> Self:
        given = [self.filter, self.selection_id, self.view_id]
        if sum(one is not None for one in given) > 1:
            raise ValueError("Give one of filter, selection_id and view_id")
        return self


class ExportOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            id=SOME_ID,
            format="xlsx",
            state="DONE",
            is_open=False,
            has_file=True,
            started_by="admin@acme.example (CI)",
            devices=240,
            written=240,
            size=18240,
            since_selected={"devices": 244, "changed_since": 2, "gone": 4},
            problem=None,
            created_at=SOME_TIME,
            finished_at=SOME_TIME,
            expires_at=SOME_TIME,
        )
    )
    id: UUID
    format: ExportFormat
    state: ExportState
    is_open: bool = Field(description="Whether it goes on by itself")
    has_file: bool = Field(description="Whether its `file` can be downloaded")
    started_by: str
    devices: int = Field(description="How many the list has; 0 until it is read")
    written: int = Field(description="How many of them are in the file")
    size: int = Field(description="Of the file, in bytes")
    since_selected: SinceSelectedOut | None = Field(
        description="Of a selection, what had become of its devices when the list was read"
    )
    problem: FailureOut | None = Field(description="Why there is no file")
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None = Field(description="When the file is removed")


class ExportPage(PageOut):
    items: list[ExportOut]


def export_json(row: ExportRow) -> dict[str, object]:
    return {
        "id": row.uid,
        "format": row.format,
        "state": row.state,
        "is_open": row.state.is_open,
        "has_file": row.has_file,
        "started_by": row.started_by,
        "devices": row.devices,
        "written": row.written,
        "size": row.size,
        "since_selected": row.since,
        "problem": problem_json(row.problem),
        "created_at": row.created_at,
        "finished_at": row.finished_at,
        "expires_at": row.expires_at,
    }
