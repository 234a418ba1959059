"""What goes in and out of the operations on transfers."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict

from fleetward.api.schemas import CUSTOMER, SOME_ID, SOME_TIME, Out, PageOut, Paging, sample
from fleetward.api.v1.device_schemas import FailureOut, problem_json
from fleetward.transfers.contracts import (
    OutcomeLine,
    Party,
    RowOutcome,
    TransferDetail,
    TransferKind,
    TransferRow,
    TransferState,
)
from fleetward.transfers.texts import description_of, state_of

SOME_PLACE: dict[str, object] = {"customer_id": CUSTOMER, "name": "Acme", "is_unassigned": False}
SOME_TRANSFER: dict[str, object] = {
    "id": SOME_ID,
    "kind": "FILE",
    "state": "READY",
    "source": SOME_PLACE | {"name": "Resale Ltd", "is_unassigned": True},
    "target": SOME_PLACE,
    "partner": "Resale Ltd",
    "file_name": "handed-over.csv",
    "started_by": "admin@resale.example (CI)",
    "rows": 500,
    "done_rows": 0,
    "counts": {"FOUND": 490, "NOT_FOUND": 10},
    "moved": 0,
    "failed": 0,
    "created_at": SOME_TIME,
    "started_at": None,
    "finished_at": None,
}
SOME_ROW: dict[str, object] = {
    "row": 17,
    "serial": "5XK2QL3",
    "manufacturer": "Dell",
    "customer_id": CUSTOMER,
    "outcome": "MOVED",
    "refusal": "",
    "state": "Success",
    "description": "Asset successfully created",
}


class TransferUploadQuery(Schema):
    """What is told of a file beside its bytes."""

    source: str = Field(
        min_length=1,
        max_length=40,
        description="Customer ID of where the devices are; they are looked for there alone",
    )
    file_name: str = Field("", max_length=200, description="Its name, where the form has none")


class TransferMadeOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(id=SOME_ID))
    id: UUID


class TransfersMadeOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(transfers=[SOME_ID]))
    transfers: list[UUID] = Field(description="One for each customer, in the order of `groups`")


class PlaceOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_PLACE))
    customer_id: str
    name: str
    is_unassigned: bool = Field(description="It is Unassigned Devices of the partner")


class TransferOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_TRANSFER))
    id: UUID
    kind: TransferKind
    state: TransferState
    source: PlaceOut
    target: PlaceOut | None = Field(description="Null until it is known, and for a customer")
    partner: str
    file_name: str
    started_by: str
    rows: int
    done_rows: int
    counts: dict[str, int] = Field(description="Rows by outcome")
    moved: int
    failed: int = Field(description="Rows that moved no device, once it is over")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class TransferPage(PageOut):
    items: list[TransferOut]


class TransferPreviewOut(Out):
    """What starting it would do; each number is of devices."""

    users: int = Field(description="With an assigned user, which is sealed")
    locations: int = Field(description="With a location, which is sealed")
    tags: int = Field(description="With an asset tag, which is sealed")
    effects: dict[str, int] = Field(description="What else follows, by its code")


class TransferGroupOut(Out):
    """The rows of one Customer ID in a mixed file; without a name nothing can go there."""

    customer_id: str
    name: str
    rows: int
    first_row: int


class TransferProblemOut(FailureOut):
    """Why the file was refused, or why the transfer stopped."""


class TransferDetailOut(TransferOut):
    model_config = ConfigDict(
        json_schema_extra=sample(
            **SOME_TRANSFER,
            preview={"users": 12, "locations": 3, "tags": 0, "effects": {"MERGED_LISTINGS": 2}},
            refusals={"MISSING_SERIAL": 1},
            problem=None,
            groups=[],
            split_into=[],
            undo_of=None,
            undone_by=None,
            undo_until=None,
            outcome_digest="",
        )
    )
    preview: TransferPreviewOut
    refusals: dict[str, int] = Field(description="Refused rows by reason")
    problem: TransferProblemOut | None
    groups: list[TransferGroupOut] = Field(description="Of a file with several Customer IDs")
    split_into: list[UUID] = Field(description="The transfers that were made of its groups")
    undo_of: UUID | None
    undone_by: UUID | None
    undo_until: datetime | None = Field(description="Until when it can be undone; null: it cannot")
    outcome_digest: str = Field(description="SHA-256 of all outcomes, once it is over")


class TransferRowsQuery(Paging):
    outcome: RowOutcome | None = Field(None, description="Only the rows that ended like this")


class TransferRowOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_ROW))
    row: int = Field(description="The row as a spreadsheet counts; the header is row 1")
    serial: str
    manufacturer: str
    customer_id: str
    outcome: RowOutcome
    refusal: str = Field(description="The stable code of a refusal; empty for others")
    state: str = Field(description="State of the summary; empty for a row whose turn has not come")
    description: str = Field(description="State Description of the summary")


class TransferRowPage(PageOut):
    items: list[TransferRowOut]


def _place(party: Party | None) -> dict[str, object] | None:
    if party is None:
        return None
    return {
        "customer_id": party.customer_id,
        "name": party.name,
        "is_unassigned": party.is_holding,
    }


def transfer_json(row: TransferRow) -> dict[str, object]:
    return {
        "id": row.uid,
        "kind": row.kind,
        "state": row.state,
        "source": _place(row.source),
        "target": _place(row.target),
        "partner": row.partner,
        "file_name": row.file_name,
        "started_by": row.started_by,
        "rows": row.rows,
        "done_rows": row.done_rows,
        "counts": row.counts,
        "moved": row.moved,
        "failed": row.failed,
        "created_at": row.created_at,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
    }


def detail_json(found: TransferDetail) -> dict[str, object]:
    return transfer_json(found.row) | {
        "preview": found.preview,
        "refusals": found.refusals,
        "problem": problem_json(found.problem),
        "groups": found.groups,
        "split_into": found.split_into,
        "undo_of": found.undo_of,
        "undone_by": found.undone_by,
        "undo_until": found.undo_until,
        "outcome_digest": found.outcome_digest,
    }


def row_json(line: OutcomeLine) -> dict[str, object]:
    return {
        "row": line.row_no,
        "serial": line.serial,
        "manufacturer": line.manufacturer,
        "customer_id": line.customer_id,
        "outcome": line.outcome,
        "refusal": line.refusal,
        "state": state_of(line.outcome),
        "description": description_of(line.outcome, line.refusal),
    }
