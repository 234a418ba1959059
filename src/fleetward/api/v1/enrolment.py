"""Enrolment by PIN (E7): make, look at and revoke the cPIN of the tenant."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router
from pydantic import ConfigDict, StrictInt

from fleetward.access.contracts import Capability
from fleetward.agents.actions import make_pin, revoke_pin
from fleetward.agents.contracts import MOST_DAYS, MOST_USES, PinRow, PinState, PinTerms
from fleetward.agents.queries import list_pins
from fleetward.api.answers import answer
from fleetward.api.auth import caller_of
from fleetward.api.calls import call
from fleetward.api.schemas import SOME_ID, SOME_TIME, In, Out, sample

router = Router(tags=["enrolment"])
NEEDS = Capability.MANAGE_ENROLMENT
SOME_PIN: dict[str, object] = {
    "id": SOME_ID,
    "state": "ALIVE",
    "made_by": "admin@acme.example",
    "made_at": SOME_TIME,
    "expires_at": None,
    "most_uses": 500,
    "uses": 12,
    "latest_use_at": SOME_TIME,
    "revoked_at": None,
}


class PinOut(Out):
    """A cPIN without its symbols, of which only a hash is kept."""

    model_config = ConfigDict(json_schema_extra=sample(**SOME_PIN))
    id: UUID
    state: PinState
    made_by: str
    made_at: datetime
    expires_at: datetime | None = Field(description="Null: it works until it is revoked")
    most_uses: int | None = Field(description="Null: it enrols any number of machines")
    uses: int
    latest_use_at: datetime | None
    revoked_at: datetime | None


class PinsOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(pins=[SOME_PIN]))
    pins: list[PinOut] = Field(description="The latest ten, the present one first")


class PinIn(In):
    model_config = ConfigDict(json_schema_extra=sample(days=30, most_uses=500))
    days: StrictInt | None = Field(
        None, ge=1, le=MOST_DAYS, description="How long it works; null until it is revoked"
    )
    most_uses: StrictInt | None = Field(
        None, ge=1, le=MOST_USES, description="How many machines it enrols; null for any number"
    )


class MadePinOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(id=SOME_ID, pin="7KQ2-M9XV-4TB6"))
    id: UUID
    pin: str = Field(description="Told this once")


def _out(row: PinRow) -> PinOut:
    return PinOut(
        id=row.uid,
        state=row.state,
        made_by=row.made_by,
        made_at=row.made_at,
        expires_at=row.expires_at,
        most_uses=row.most_uses,
        uses=row.uses,
        latest_use_at=row.latest_use_at,
        revoked_at=row.revoked_at,
    )


@call(router, "GET /enrolment-pin", needs=NEEDS, answers=PinsOut)
def get_enrolment_pin(request: HttpRequest) -> PinsOut:
    """Show the cPIN that enrols at present, and earlier ones, without their symbols."""
    caller = caller_of(request)
    rows = list_pins(actor=caller.actor, tenant=caller.tenant.id, now=caller.now)
    return PinsOut(pins=[_out(row) for row in rows])


@call(router, "POST /enrolment-pin", needs=NEEDS, answers=MadePinOut, status=201)
def make_enrolment_pin(request: HttpRequest, body: PinIn) -> HttpResponse:
    """Make a new cPIN, which is told this once; the one before enrols nothing more.

    A call that is sent again makes another one: whoever lost the answer has none to keep.
    """
    caller = caller_of(request)
    made = make_pin(
        actor=caller.actor,
        tenant=caller.tenant.id,
        terms=PinTerms(body.days, body.most_uses),
        now=caller.now,
    )
    return answer(MadePinOut(id=made.uid, pin=made.pin), status=201)


@call(router, "DELETE /enrolment-pin", needs=NEEDS, status=204)
def revoke_enrolment_pin(request: HttpRequest) -> None:
    """Let the present cPIN enrol nothing more. Devices that it enrolled stay enrolled.

    Where there is none, that is so already.
    """
    caller = caller_of(request)
    revoke_pin(actor=caller.actor, tenant=caller.tenant.id, now=caller.now)
