"""Devices that the tenant gave away, with the history and the values that stay with it (X10)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router
from pydantic import ConfigDict

from fleetward.access.contracts import Capability
from fleetward.agents.queries import find_left_presence
from fleetward.api.answers import answer, listed
from fleetward.api.auth import caller_of
from fleetward.api.calls import call
from fleetward.api.schemas import SOME_ID, SOME_TIME, Out, PageOut, Paging, sample
from fleetward.api.v1.device_schemas import ChangePage, change_out
from fleetward.devices.contracts import DepartureRow
from fleetward.devices.queries import departures as queries

router = Router(tags=["transferred devices"])

SOME_DEPARTURE = {
    "id": SOME_ID,
    "manufacturer": "Dell",
    "serial": "7XK2M93",
    "product_number": "",
    "name": "PC-00017",
    "model": "Latitude 5440",
    "transferred_at": SOME_TIME,
    "taken_back_at": None,
    "target": "",
    "is_here": False,
}


class DepartureOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_DEPARTURE))
    id: UUID = Field(description="Of the device, wherever it is")
    manufacturer: str
    serial: str
    product_number: str
    name: str
    model: str
    transferred_at: datetime
    taken_back_at: datetime | None = Field(description="When the transfer was taken back")
    target: str = Field(description="The tenant where it went; empty where that is out of sight")
    is_here: bool = Field(description="The device is in this tenant again")


class DeparturePage(PageOut):
    items: list[DepartureOut]


class LeftPresenceOut(Out):
    user: str
    location: str
    seen_at: datetime


class SealedOut(DepartureOut):
    """With what the other tenant does not read."""

    model_config = ConfigDict(
        json_schema_extra=sample(
            **SOME_DEPARTURE,
            assigned_user="jane@acme.example",
            location="Paris",
            asset_tag="IT-0017",
            groups=["Sales"],
            presence={"user": "jane@acme.example", "location": "Lyon", "seen_at": SOME_TIME},
        )
    )
    assigned_user: str
    location: str
    asset_tag: str
    groups: list[str] = Field(description="Static groups that it was in and that still exist")
    presence: LeftPresenceOut | None = Field(
        description="Who was signed in last and where, if the tenant collected that; it ages out"
    )


@call(router, "GET /transferred-devices", needs=Capability.SEE_DEVICES, answers=DeparturePage)
def list_transferred_devices(request: HttpRequest, paging: Query[Paging]) -> HttpResponse:
    """List the devices that the tenant gave away, latest first."""
    caller = caller_of(request)
    page = queries.list_departures(
        actor=caller.actor, tenant=caller.tenant.id, cursor=paging.cursor, limit=paging.limit
    )
    return listed(map(_departure_json, page.rows), page)


@call(
    router,
    "GET /transferred-devices/{uuid:device_id}",
    needs=Capability.SEE_DEVICES,
    answers=SealedOut,
)
def get_transferred_device(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """Get one of them as it was when it went, with the values that are sealed."""
    caller = caller_of(request)
    found = queries.get_departure(actor=caller.actor, tenant=caller.tenant.id, uid=device_id)
    seen = find_left_presence(actor=caller.actor, tenant=caller.tenant.id, device=device_id)
    more = {
        **{name: found.values.get(name, "") for name in queries.SEALED_FIELDS},
        "groups": list(found.groups),
        "presence": asdict(seen) if seen else None,
    }
    return answer(_departure_json(found.departure) | more)


@call(
    router,
    "GET /transferred-devices/{uuid:device_id}/history",
    needs=Capability.SEE_DEVICES,
    answers=ChangePage,
)
def list_transferred_device_history(
    request: HttpRequest, device_id: UUID, paging: Query[Paging]
) -> ChangePage:
    """List what happened to one of them while it was in the tenant, latest first."""
    caller = caller_of(request)
    queries.get_departure(actor=caller.actor, tenant=caller.tenant.id, uid=device_id)
    page = queries.list_departed_changes(
        actor=caller.actor,
        tenant=caller.tenant.id,
        uid=device_id,
        cursor=paging.cursor,
        limit=paging.limit,
    )
    return ChangePage(items=[change_out(row) for row in page.rows], next=page.after)


def _departure_json(row: DepartureRow) -> dict[str, object]:
    return {
        "id": row.uid,
        "manufacturer": row.manufacturer,
        "serial": row.serial,
        "product_number": row.product_number,
        "name": row.name,
        "model": row.model,
        "transferred_at": row.at,
        "taken_back_at": row.undone_at,
        "target": row.target,
        "is_here": row.is_here,
    }
