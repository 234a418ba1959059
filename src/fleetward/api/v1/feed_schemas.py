"""What goes in and out of the operations on resale feeds."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict

from fleetward.api.schemas import SOME_ID, SOME_TIME, Out, PageOut, Paging, sample
from fleetward.api.v1.device_schemas import FailureOut, problem_json
from fleetward.devices.feeds.contracts import FeedDetail, FeedLine, FeedOutcome, FeedState

SOME_FEED: dict[str, object] = {
    "id": SOME_ID,
    "state": "DONE",
    "file_name": "feed.csv",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "uploaded_by": "operator@example.org (CI)",
    "rows": 500,
    "done_rows": 500,
    "counts": {"HELD": 480, "ALREADY_HELD": 18, "CLAIMED": 2},
    "problem": None,
    "created_at": SOME_TIME,
    "finished_at": SOME_TIME,
}


class FeedUploadQuery(Schema):
    """What is told of a file beside its bytes."""

    file_name: str = Field("", max_length=200, description="Its name, where the form has none")


class FeedUploadedOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(id=SOME_ID))
    id: UUID


class FeedProblemOut(FailureOut):
    """Why the file was refused or stopped."""


class FeedOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_FEED))
    id: UUID
    state: FeedState = Field(description="READING and RUNNING: a worker is on it")
    file_name: str
    sha256: str
    uploaded_by: str
    rows: int = Field(description="0 until the file has been read")
    done_rows: int
    counts: dict[str, int] = Field(description="Rows by outcome, without those that have none")
    problem: FeedProblemOut | None
    created_at: datetime
    finished_at: datetime | None


class FeedPage(PageOut):
    items: list[FeedOut]


class FeedOutcomesQuery(Paging):
    outcome: FeedOutcome | None = Field(None, description="Only the rows that ended like this")


class FeedLineOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            row=17,
            location="102030",
            serial="5XK2QL3",
            manufacturer="Dell",
            product_number="",
            model="",
            order_number="PO-4711",
            outcome="CLAIMED",
            refusal="",
            partner="Reseller",
            holder="Another reseller",
        )
    )
    row: int = Field(description="The row as a spreadsheet counts; the header is row 1")
    location: str
    serial: str
    manufacturer: str
    product_number: str
    model: str
    order_number: str
    outcome: FeedOutcome
    refusal: str = Field(description="The stable code of a refusal; empty for others")
    partner: str = Field(description="Whose location it is; empty where nobody has it")
    holder: str = Field(description="Who has the machine, where that is not the partner")


class FeedLinePage(PageOut):
    items: list[FeedLineOut]


def feed_json(row: FeedDetail) -> dict[str, object]:
    return {
        "id": row.uid,
        "state": row.state,
        "file_name": row.file_name,
        "sha256": row.digest,
        "uploaded_by": row.uploaded_by,
        "rows": row.rows,
        "done_rows": row.done_rows,
        "counts": {str(outcome): number for outcome, number in row.counts.items() if number},
        "problem": problem_json(row.problem),
        "created_at": row.created_at,
        "finished_at": row.finished_at,
    }


def feed_line_json(line: FeedLine) -> dict[str, object]:
    return {
        "row": line.row_no,
        "location": line.location,
        "serial": line.serial,
        "manufacturer": line.manufacturer,
        "product_number": line.product_number,
        "model": line.model,
        "order_number": line.order_number,
        "outcome": line.outcome,
        "refusal": line.refusal,
        "partner": line.partner,
        "holder": line.holder,
    }
