"""How machines enrol: the cPIN (E7), the zero-touch key (E8), domains (E9), last users (E14)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Field, Router
from pydantic import ConfigDict, StrictBool, StrictInt

from fleetward.access.contracts import Capability
from fleetward.agents.actions import make_pin, revoke_pin, set_domains, set_presence
from fleetward.agents.contracts import (
    MOST_DAYS,
    MOST_DOMAINS,
    MOST_PRESENCE_DAYS,
    MOST_USES,
    PinKind,
    PinRow,
    PinState,
    PinTerms,
)
from fleetward.agents.queries import find_presence, get_settings, list_pins
from fleetward.api.answers import REPEATED, encoded, once
from fleetward.api.auth import Caller, caller_of
from fleetward.api.calls import call
from fleetward.api.schemas import SOME_ID, SOME_TIME, IdempotencyKey, In, Out, sample

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
    pin: str | None = Field(description="Told this once")


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


class DomainsIn(In):
    model_config = ConfigDict(json_schema_extra=sample(domains=["acme.example"]))
    domains: list[str] = Field(max_length=MOST_DOMAINS, description="None: nothing is compared")


class PresenceIn(In):
    model_config = ConfigDict(json_schema_extra=sample(collects_presence=True, presence_days=30))
    collects_presence: StrictBool = Field(description="Off deletes at once what was collected")
    presence_days: StrictInt = Field(30, ge=1, le=MOST_PRESENCE_DAYS)


class EnrolmentSettingsOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            domains=["acme.example"], collects_presence=False, presence_days=30
        )
    )
    domains: list[str] = Field(description="From which machines enrol without a question")
    collects_presence: bool = Field(description="Last signed-in users and locations are kept")
    presence_days: int = Field(description="How long they are kept")


class PresenceOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(user=None, location=None, seen_at=None))
    user: str | None = Field(description="Null: not collected, or not told")
    location: str | None
    seen_at: datetime | None


def _pins(request: HttpRequest, kind: PinKind) -> PinsOut:
    caller = caller_of(request)
    rows = list_pins(actor=caller.actor, tenant=caller.tenant.id, now=caller.now, kind=kind)
    return PinsOut(pins=[_out(row) for row in rows])


def _made(request: HttpRequest, body: PinIn, kind: PinKind, key: str | None) -> HttpResponse:
    """The new PIN, which is neither kept with the answer nor told again."""
    caller = caller_of(request)
    told: list[str] = []

    def make() -> tuple[object, str]:
        made = make_pin(
            actor=caller.actor,
            tenant=caller.tenant.id,
            terms=PinTerms(body.days, body.most_uses),
            now=caller.now,
            kind=kind,
        )
        told.append(made.pin)
        return {"id": str(made.uid), "pin": None}, ""

    response = once(request, key, make, status=201)
    if REPEATED not in response:
        payload = msgspec.json.decode(response.content)
        response.content = encoded(payload | {"pin": told[0]})
    return response


def _revoke(request: HttpRequest, kind: PinKind) -> None:
    caller = caller_of(request)
    revoke_pin(actor=caller.actor, tenant=caller.tenant.id, now=caller.now, kind=kind)


def _settings(caller: Caller) -> EnrolmentSettingsOut:
    found = get_settings(actor=caller.actor, tenant=caller.tenant.id)
    return EnrolmentSettingsOut(
        domains=list(found.domains),
        collects_presence=found.collects_presence,
        presence_days=found.presence_days,
    )


@call(router, "GET /enrolment-pin", needs=NEEDS, answers=PinsOut)
def get_enrolment_pin(request: HttpRequest) -> PinsOut:
    """Show the cPIN that enrols at present, and earlier ones, without their symbols."""
    return _pins(request, PinKind.PIN)


@call(router, "POST /enrolment-pin", needs=NEEDS, answers=MadePinOut, status=201)
def make_enrolment_pin(
    request: HttpRequest, body: PinIn, key: IdempotencyKey = None
) -> HttpResponse:
    """Make a new cPIN, which is told this once; the one before enrols nothing more.

    Where the answer is repeated to the same key, it is null: whoever lost it makes another one.
    """
    return _made(request, body, PinKind.PIN, key)


@call(router, "DELETE /enrolment-pin", needs=NEEDS, status=204)
def revoke_enrolment_pin(request: HttpRequest) -> None:
    """Let the present cPIN enrol nothing more. Devices that it enrolled stay enrolled.

    Where there is none, that is so already.
    """
    _revoke(request, PinKind.PIN)


@call(router, "GET /zero-touch-key", needs=NEEDS, answers=PinsOut)
def get_zero_touch_key(request: HttpRequest) -> PinsOut:
    """Show the zero-touch key that enrols at present, and earlier ones, without their symbols."""
    return _pins(request, PinKind.ZERO_TOUCH)


@call(router, "POST /zero-touch-key", needs=NEEDS, answers=MadePinOut, status=201)
def make_zero_touch_key(
    request: HttpRequest, body: PinIn, key: IdempotencyKey = None
) -> HttpResponse:
    """Make a new zero-touch key, told this once, by which registered machines alone enrol.

    The one before enrols nothing more. Where the answer is repeated to the same key, it is null.
    """
    return _made(request, body, PinKind.ZERO_TOUCH, key)


@call(router, "DELETE /zero-touch-key", needs=NEEDS, status=204)
def revoke_zero_touch_key(request: HttpRequest) -> None:
    """Let the present zero-touch key enrol nothing more.

    Where there is none, that is so already.
    """
    _revoke(request, PinKind.ZERO_TOUCH)


@call(router, "GET /enrolment-settings", needs=NEEDS, answers=EnrolmentSettingsOut)
def get_enrolment_settings(request: HttpRequest) -> EnrolmentSettingsOut:
    """Show the listed domains, and whether last users and locations are collected."""
    return _settings(caller_of(request))


@call(router, "PUT /enrolment-settings/domains", needs=NEEDS, answers=EnrolmentSettingsOut)
def put_enrolment_domains(request: HttpRequest, body: DomainsIn) -> EnrolmentSettingsOut:
    """Replace the domains from which machines enrol without a question.

    A domain stands for those below it. With none, nothing is compared.
    """
    caller = caller_of(request)
    set_domains(actor=caller.actor, tenant=caller.tenant.id, domains=body.domains, now=caller.now)
    return _settings(caller)


@call(
    router,
    "PUT /enrolment-settings/presence",
    needs=Capability.MANAGE_SETTINGS,
    answers=EnrolmentSettingsOut,
)
def put_enrolment_presence(request: HttpRequest, body: PresenceIn) -> EnrolmentSettingsOut:
    """Have last signed-in users and locations collected, or not any more.

    They are off until an admin of the tenant switches them on, never go along with a transfer, and
    are deleted after these days; switched off, at once.
    """
    caller = caller_of(request)
    set_presence(
        actor=caller.actor,
        tenant=caller.tenant.id,
        collects=body.collects_presence,
        days=body.presence_days,
        now=caller.now,
    )
    return _settings(caller)


@call(
    router,
    "GET /devices/{uuid:device_id}/presence",
    needs=Capability.SEE_DEVICES,
    answers=PresenceOut,
)
def get_device_presence(request: HttpRequest, device_id: UUID) -> PresenceOut:
    """Show who was signed in last on a device, and where, if the tenant collects that."""
    caller = caller_of(request)
    found = find_presence(actor=caller.actor, tenant=caller.tenant.id, device=device_id)
    if found is None:
        return PresenceOut(user=None, location=None, seen_at=None)
    return PresenceOut(user=found.user, location=found.location, seen_at=found.seen_at)
