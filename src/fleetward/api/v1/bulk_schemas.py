"""Bulk changes as they are answered; `bulk_starting` begins them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ninja import Field
from pydantic import ConfigDict

from fleetward.api.schemas import SOME_ID, SOME_TIME, Out, PageOut, sample
from fleetward.api.v1.device_schemas import FailureOut, problem_json
from fleetward.devices.bulk.contracts import (
    BulkCounts,
    BulkKind,
    BulkOutcome,
    BulkRow,
    BulkState,
)

SOME_BULK_CHANGE: dict[str, object] = {
    "id": SOME_ID,
    "kind": "EDIT",
    "state": "DONE",
    "is_open": False,
    "has_undo": True,
    "started_by": "admin@acme.example (CI)",
    "params": {"location": "Paris"},
    "devices": 240,
    "counts": {
        "done": 238,
        "removed": 0,
        "unchanged": 1,
        "changed_since": 1,
        "gone": 0,
        "refused": 0,
        "skipped": 0,
    },
    "problem": None,
    "undo_of": None,
    "created_at": SOME_TIME,
    "finished_at": SOME_TIME,
}


class BulkCountsOut(Out):
    """Devices by outcome; their sum is `devices` once the bulk change has ended."""

    done: int = Field(description="Of an undone import: their former values are back")
    removed: int = Field(description="An import had added them, and its undo deleted them")
    unchanged: int = Field(description="They were so already")
    changed_since: int = Field(description="Somebody changed them after they were selected")
    gone: int = Field(description="Deleted, or out of sight")
    refused: int
    skipped: int = Field(description="It was cancelled or failed before their turn")


class BulkChangeOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_BULK_CHANGE))
    id: UUID
    kind: BulkKind
    state: BulkState
    is_open: bool = Field(description="Whether it goes on by itself")
    has_undo: bool = Field(description="Whether `undo` takes it back")
    started_by: str
    params: dict[str, object] = Field(
        description=(
            "The fields with their new values, or `group` and its `name`, or the `import` that is "
            "undone and its `file`"
        )
    )
    devices: int
    counts: BulkCountsOut
    problem: FailureOut | None = Field(description="Why it could not go on")
    undo_of: UUID | None = Field(description="The bulk change that this one takes back")
    created_at: datetime
    finished_at: datetime | None


class BulkChangePage(PageOut):
    items: list[BulkChangeOut]


class BulkItemOut(Out):
    """How one device ended, with what it was then."""

    model_config = ConfigDict(
        json_schema_extra=sample(
            device_id=SOME_ID,
            manufacturer="Dell",
            serial="5XK2QL3",
            name="PC-00042",
            outcome="DONE",
            refusal="",
        )
    )
    device_id: UUID | None = Field(description="null once the device is out of sight")
    manufacturer: str
    serial: str
    name: str
    outcome: BulkOutcome
    refusal: str = Field(description="Why it was refused; empty otherwise")


class BulkItemPage(PageOut):
    items: list[BulkItemOut]


def bulk_json(row: BulkRow) -> dict[str, object]:
    return {
        "id": row.uid,
        "kind": row.kind,
        "state": row.state,
        "is_open": row.state.is_open,
        "has_undo": row.has_undo,
        "started_by": row.started_by,
        "params": dict(row.params),
        "devices": row.devices,
        "counts": {name: getattr(row.counts, name) for name in BulkCounts.__slots__},
        "problem": problem_json(row.problem),
        "undo_of": row.undo_of,
        "created_at": row.created_at,
        "finished_at": row.finished_at,
    }
