"""Machines that are not enrolled yet: registered beforehand, held elsewhere, of another domain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router
from pydantic import ConfigDict

from fleetward.access.contracts import Capability
from fleetward.agents.actions import read_machines, register_machines, remove_pending
from fleetward.agents.contracts import (
    MOST_LIST_BYTES,
    MOST_MACHINES,
    Machine,
    PendingKind,
    PendingRow,
)
from fleetward.agents.queries import list_pending
from fleetward.api.answers import listed, once
from fleetward.api.auth import Caller, caller_of
from fleetward.api.calls import call
from fleetward.api.schemas import (
    SOME_ID,
    SOME_TIME,
    IdempotencyKey,
    In,
    Out,
    PageOut,
    Paging,
    sample,
)
from fleetward.api.uploads import UPLOAD_BODY, received

router = Router(tags=["enrolment"])
NEEDS = Capability.ENROL_DEVICES
SOME_MACHINE: dict[str, object] = {
    "manufacturer": "Dell",
    "serial": "5XK2QL3",
    "product_number": "",
    "name": "PC-1",
}


class MachineIn(In):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_MACHINE))
    manufacturer: str = Field(max_length=80)
    serial: str = Field(max_length=80)
    product_number: str = Field("", max_length=40)
    name: str = Field("", max_length=120)


class MachinesIn(In):
    model_config = ConfigDict(json_schema_extra=sample(machines=[SOME_MACHINE]))
    machines: list[MachineIn] = Field(max_length=MOST_MACHINES)


class RefusedMachineOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(row=3, serial="0", reason="JUNK_SERIAL"))
    row: int = Field(description="Of those sent, counted from 1; of a list its row")
    serial: str
    reason: str


class RegisteredOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(added=1, known=0, refused=[]))
    added: int
    known: int = Field(description="They were on the list already")
    refused: list[RefusedMachineOut]


class PendingOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            id=SOME_ID,
            kind="REGISTERED",
            **SOME_MACHINE,
            domain="",
            added_by="admin@acme.example",
            created_at=SOME_TIME,
            updated_at=SOME_TIME,
        )
    )
    id: UUID
    kind: PendingKind
    manufacturer: str
    serial: str
    product_number: str
    name: str
    domain: str
    added_by: str
    created_at: datetime
    updated_at: datetime


class PendingPage(PageOut):
    items: list[PendingOut]


class PendingQuery(Paging):
    kind: PendingKind | None = Field(None, description="Those of one kind")


def _json(row: PendingRow) -> dict[str, object]:
    return {
        "id": row.uid,
        "kind": row.kind,
        "manufacturer": row.manufacturer,
        "serial": row.serial,
        "product_number": row.product_number,
        "name": row.name,
        "domain": row.domain,
        "added_by": row.added_by,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


@call(router, "GET /pending-enrolments", needs=NEEDS, answers=PendingPage)
def list_pending_enrolments(request: HttpRequest, only: Query[PendingQuery]) -> HttpResponse:
    """List machines that are not enrolled yet, latest first."""
    caller = caller_of(request)
    page = list_pending(
        actor=caller.actor,
        tenant=caller.tenant.id,
        kind=only.kind,
        cursor=only.cursor,
        limit=only.limit,
    )
    return listed([_json(row) for row in page.rows], page)


@call(router, "POST /pending-enrolments", needs=NEEDS, answers=RegisteredOut)
def register_pending_enrolments(
    request: HttpRequest, body: MachinesIn, key: IdempotencyKey = None
) -> HttpResponse:
    """Register machines, which enrol by the zero-touch key then. A bad one stops no good one."""
    machines = {row: Machine(**one.dict()) for row, one in enumerate(body.machines, start=1)}
    return once(request, key, lambda: _registered(caller_of(request), machines), status=200)


@call(
    router,
    "POST /pending-enrolments/list",
    needs=NEEDS,
    answers=RegisteredOut,
    extra={"requestBody": UPLOAD_BODY},
)
def register_pending_list(request: HttpRequest, key: IdempotencyKey = None) -> HttpResponse:
    """Register the machines of a CSV or XLSX list, of 2 MB at most.

    As the body itself or as the part `file` of a form, with the columns Manufacturer and Serial
    number, and those of imports for product number and name. A bad row stops no good one.
    """
    _, chunks = received(request)
    data = _no_more_than_needed(chunks)
    machines = read_machines(data)
    return once(
        request, key, lambda: _registered(caller_of(request), machines), status=200, body=data
    )


def _no_more_than_needed(chunks: Iterable[bytes]) -> bytes:
    """A list, or as much of it as tells that it is too large."""
    data = b""
    for piece in chunks:
        data += piece
        if len(data) > MOST_LIST_BYTES:
            break
    return data


def _registered(caller: Caller, machines: Mapping[int, Machine]) -> tuple[object, str]:
    found = register_machines(
        actor=caller.actor, tenant=caller.tenant.id, machines=machines, now=caller.now
    )
    refused = [
        {"row": one.row, "serial": one.serial, "reason": str(one.refusal)} for one in found.refused
    ]
    return {"added": found.added, "known": found.known, "refused": refused}, ""


@call(router, "DELETE /pending-enrolments/{uuid:pending_id}", needs=NEEDS, status=204)
def remove_pending_enrolment(request: HttpRequest, pending_id: UUID) -> None:
    """Take a machine off the list; one that waits has no credential any more."""
    caller = caller_of(request)
    remove_pending(actor=caller.actor, tenant=caller.tenant.id, uids=[pending_id], now=caller.now)
