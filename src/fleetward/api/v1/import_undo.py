"""Undoing an import: what it would do, and doing it as a bulk change."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from ninja import Field, Router
from pydantic import ConfigDict

from fleetward.access.contracts import Capability
from fleetward.api.answers import answer, csv_answer
from fleetward.api.auth import caller_of
from fleetward.api.calls import call
from fleetward.api.errors import WrongUndo
from fleetward.api.schemas import SOME_ID, SOME_TIME, IdempotencyKey, In, Out, sample
from fleetward.api.v1.bulk_schemas import BulkChangeOut, BulkCountsOut
from fleetward.api.v1.bulk_starting import started
from fleetward.devices.bulk.actions import undo_import as begin_undo
from fleetward.devices.bulk.contracts import BulkCounts, BulkOutcome, BulkRow, LeftDevice
from fleetward.devices.bulk.queries.undoing import get_import_undo as undo_of
from fleetward.devices.bulk.queries.undoing import iterate_left, preview_undo

router = Router(tags=["imports"])
NEEDS = Capability.IMPORT_DEVICES
SOME_LEFT: dict[str, object] = {
    "device_id": SOME_ID,
    "manufacturer": "Dell",
    "serial": "5XK2QL3",
    "name": "PC-00042",
    "outcome": "CHANGED_SINCE",
    "refusal": "",
    "fields": {"location": ["Paris", "Nice"]},
    "changed_by": "admin@acme.example",
    "changed_at": SOME_TIME,
}
SOME_COUNTS = dict.fromkeys(BulkCounts.__slots__, 0) | {"removed": 480, "done": 11}


class LeftOut(Out):
    """A device that the undo leaves alone."""

    device_id: UUID | None = Field(description="null once the device is out of sight")
    manufacturer: str
    serial: str
    name: str
    outcome: BulkOutcome
    refusal: str
    fields: dict[str, tuple[str | bool | None, str | bool | None]] = Field(
        description="What the import left, and what it is by now. `warranty`: the hand-entered one"
    )
    changed_by: str = Field(description="Who did that last; empty where nothing was changed")
    changed_at: datetime | None


class ImportUndoOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            until=SOME_TIME,
            is_possible=True,
            bulk_change_id=None,
            expected=SOME_COUNTS | {"changed_since": 1},
            left=[SOME_LEFT],
        )
    )
    until: datetime | None = Field(description="null where nothing was stored")
    is_possible: bool = Field(description="Whether it can be undone now")
    bulk_change_id: UUID | None = Field(description="The undo that was begun last")
    expected: BulkCountsOut = Field(description="What undoing it would do to its devices")
    left: list[LeftOut] = Field(
        description="The first devices that it would leave alone; `undo/left.csv` has all"
    )


class ConfirmedUndo(In):
    model_config = ConfigDict(json_schema_extra=sample(confirm=480))
    confirm: int = Field(description="How many devices are expected to be removed")


@call(router, "GET /imports/{uuid:import_id}/undo", needs=NEEDS, answers=ImportUndoOut)
def get_import_undo(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Show whether and until when an import can be undone, and what that would do now."""
    caller = caller_of(request)
    asked = caller.one(import_id)
    undo = undo_of(**asked, now=caller.now)
    preview = preview_undo(**asked, now=caller.now) if undo.is_possible else None
    return answer(
        {
            "until": undo.until,
            "is_possible": undo.is_possible,
            "bulk_change_id": undo.change.uid if undo.change else None,
            "expected": preview.counts if preview else BulkCounts(),
            "left": [_left_json(one) for one in preview.left] if preview else [],
        }
    )


def _left_json(one: LeftDevice) -> dict[str, object]:
    return {
        "device_id": one.device,
        "manufacturer": one.manufacturer,
        "serial": one.serial,
        "name": one.name,
        "outcome": one.outcome,
        "refusal": one.refusal,
        "fields": one.fields,
        "changed_by": one.actor,
        "changed_at": one.at,
    }


@call(
    router,
    "GET /imports/{uuid:import_id}/undo/left.csv",
    needs=NEEDS,
    answers="text/csv",
    problems=[409],
)
def download_import_left(request: HttpRequest, import_id: UUID) -> HttpResponseBase:
    """Download the devices that undoing an import would leave alone, as CSV."""
    caller = caller_of(request)
    headers = ["manufacturer", "serial", "name", "outcome", "refusal", "fields", "changed_by"]
    rows = (
        [
            one.manufacturer,
            one.serial,
            one.name,
            one.outcome,
            one.refusal,
            " ".join(sorted(one.fields)),
            one.actor,
        ]
        for one in iterate_left(**caller.one(import_id), now=caller.now)
    )
    return csv_answer(headers, rows, name=f"import-{import_id}-left")


@call(
    router,
    "POST /imports/{uuid:import_id}/undo",
    needs=NEEDS,
    answers=BulkChangeOut,
    status=202,
    problems=[409],
)
def undo_import(
    request: HttpRequest, import_id: UUID, body: ConfirmedUndo, key: IdempotencyKey = None
) -> HttpResponse:
    """Undo an import, for 30 days after its end, as a bulk change.

    Devices that it added are deleted, those that it changed get their former values back, and what
    has changed since is left alone. In place of the security code that a person types, a program
    gives the number of devices that `GET …/undo` expects to be removed.
    """
    caller = caller_of(request)
    asked = caller.one(import_id)

    def start() -> BulkRow:
        if body.confirm != preview_undo(**asked, now=caller.now).counts.removed:
            raise WrongUndo(body.confirm)
        return begin_undo(**asked, now=caller.now)

    return started(request, key, start)
