"""Licence keys and seats of a tenant (L3)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Field, Router
from pydantic import ConfigDict, StrictBool

from fleetward.access.contracts import Capability
from fleetward.api.answers import answer, once
from fleetward.api.auth import Caller, caller_of
from fleetward.api.calls import call
from fleetward.api.schemas import SOME_ID, SOME_TIME, IdempotencyKey, In, Out, sample
from fleetward.api.v1.bulk_schemas import BulkChangeOut
from fleetward.api.v1.bulk_starting import started
from fleetward.devices.bulk.actions import move_to_plan
from fleetward.tenancy.contracts import LicenceState
from fleetward.tenancy.licences.actions import add_licence, remove_licence
from fleetward.tenancy.licences.contracts import LicenceRow, Licensing, PlanRow, Seats
from fleetward.tenancy.licences.queries import get_licensing

router = Router(tags=["licences"])
NEEDS = Capability.MANAGE_LICENCES
KEY_CHARACTERS = 2000
SOME_PLAN: dict[str, object] = {"code": "PREMIUM", "name": "Premium"}
SOME_SEATS: dict[str, object] = {"plan": SOME_PLAN, "seats": 500, "in_use": 512, "without_seat": 12}
SOME_LICENCE: dict[str, object] = {
    "id": SOME_ID,
    "plan": SOME_PLAN,
    "seats": 500,
    "starts_on": "2026-01-01",
    "ends_on": "2026-12-31",
    "term": "LIVE",
    "added_by": "admin@acme.example",
    "added_at": SOME_TIME,
}


class Term(StrEnum):
    """Where the present day (UTC) lies in the term of a key."""

    LATER = "LATER"
    LIVE = "LIVE"
    ENDED = "ENDED"


class PlanOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_PLAN))
    code: str
    name: str


class SeatsOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_SEATS))
    plan: PlanOut
    seats: int = Field(description="Of keys that are live")
    in_use: int = Field(description="Devices of that plan")
    without_seat: int = Field(description="Devices beyond the seats, which work all the same")


class LicenceOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_LICENCE))
    id: UUID
    plan: PlanOut
    seats: int
    starts_on: date
    ends_on: date = Field(description="The last day")
    term: Term
    added_by: str
    added_at: datetime


class LicensingOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            state="OVERENROLLED", plan=SOME_PLAN, seats=[SOME_SEATS], licences=[SOME_LICENCE]
        )
    )
    state: LicenceState = Field(
        description="UNLIMITED without any key; SUSPENDED once all have ended: nothing can be added"
    )
    plan: PlanOut = Field(description="Of devices that have none of their own")
    seats: list[SeatsOut] = Field(description="By plan; none without any key")
    licences: list[LicenceOut] = Field(description="The keys, those that end last first")


class LicenceIn(In):
    model_config = ConfigDict(
        json_schema_extra=sample(key="FWL1.eyJzZWF0cyI6NTAwfQ.c2lnbmVk", moves_all=False)
    )
    key: str = Field(max_length=KEY_CHARACTERS, description="The whole text as it was sent")
    moves_all: StrictBool = Field(
        False,
        description="Make it the plan of all devices that have none of their own, as the first "
        "key does in any case",
    )


class PlanMoveIn(In):
    model_config = ConfigDict(json_schema_extra=sample(plan="STANDARD", moves_all=True))
    plan: str = Field(min_length=1, max_length=20, description="One with a live key")
    moves_all: StrictBool = Field(
        False, description="All devices that have another plan, not only those without a seat"
    )


def _plan(plan: PlanRow) -> dict[str, object]:
    return {"code": plan.code, "name": plan.name}


def _seats(one: Seats) -> dict[str, object]:
    without = max(one.used - one.seats, 0)
    return {
        "plan": _plan(one.plan),
        "seats": one.seats,
        "in_use": one.used,
        "without_seat": without,
    }


def _licence(row: LicenceRow, standing: Licensing, today: date) -> dict[str, object]:
    said = row.licence
    term = Term.ENDED if said.ends_on < today else Term.LIVE
    return {
        "id": said.uid,
        "plan": _plan(standing.plans[said.plan]),
        "seats": said.seats,
        "starts_on": said.starts_on,
        "ends_on": said.ends_on,
        "term": Term.LATER if said.starts_on > today else term,
        "added_by": row.added_by,
        "added_at": row.added_at,
    }


def _shown(caller: Caller) -> dict[str, object]:
    today = caller.now.date()
    standing = get_licensing(actor=caller.actor, tenant=caller.tenant.id, today=today)
    return {
        "state": standing.state,
        "plan": _plan(standing.plan),
        "seats": [_seats(one) for one in standing.seats] if standing.keys else [],
        "licences": [_licence(row, standing, today) for row in standing.keys],
    }


@call(router, "GET /licences", needs=NEEDS, answers=LicensingOut)
def get_licences(request: HttpRequest) -> HttpResponse:
    """Show how the tenant stands: its state, its seats by plan, and its licence keys."""
    return answer(_shown(caller_of(request)))


@call(router, "POST /licences", needs=NEEDS, answers=LicensingOut, status=201, problems=[409])
def add_licence_key(
    request: HttpRequest, body: LicenceIn, key: IdempotencyKey = None
) -> HttpResponse:
    """Add a licence key, and show how the tenant stands with it.

    The first one gives its plan to the devices.
    """
    caller = caller_of(request)

    def make() -> tuple[object, str]:
        add_licence(
            actor=caller.actor,
            tenant=caller.tenant.id,
            text=body.key,
            moves_all=body.moves_all,
            now=caller.now,
        )
        return _shown(caller), reverse("api:get_licences")

    return once(request, key, make, status=201)


@call(router, "DELETE /licences/{uuid:licence_id}", needs=NEEDS, status=204, problems=[409])
def remove_licence_key(request: HttpRequest, licence_id: UUID) -> None:
    """Take a licence key away. Without any left there is no limit.

    One that has ended stays while no other is live.
    """
    caller = caller_of(request)
    remove_licence(**caller.one(licence_id), now=caller.now)


@call(
    router,
    "POST /licences/move",
    needs=NEEDS,
    answers=BulkChangeOut,
    status=202,
    problems=[409],
)
def move_devices_to_plan(
    request: HttpRequest, body: PlanMoveIn, key: IdempotencyKey = None
) -> HttpResponse:
    """Give a plan to as many devices without a seat as it has free seats, or to all of them.

    A bulk change, with an outcome for each device and an undo.
    """
    caller = caller_of(request)
    return started(
        request,
        key,
        lambda: move_to_plan(
            actor=caller.actor,
            tenant=caller.tenant.id,
            plan=body.plan,
            moves_all=body.moves_all,
            now=caller.now,
        ),
    )
