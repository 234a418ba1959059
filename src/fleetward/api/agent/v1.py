"""Enrolment of machines (E7). No user: a PIN opens the door, and then the machine's credential.

Refusals are alike and say nothing of any tenant; see docs/reference/agents.md.
"""

from __future__ import annotations

from typing import Annotated, Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Header, Router
from pydantic import ConfigDict, StrictBool

from fleetward.agents.actions import enrol
from fleetward.agents.contracts import Ask, Enrolment, EnrolmentState, Machine
from fleetward.agents.queries import find_agent
from fleetward.api import errors
from fleetward.api.answers import REPEATED, answer
from fleetward.api.app import Api
from fleetward.api.errors import CredentialNeeded
from fleetward.api.parser import StrictParser
from fleetward.api.schemas import In, Out
from fleetward.infra.requests import address_of
from fleetward.kernel.clock import utc_now

BEARER = "Bearer "
router = Router(tags=["enrolment"])
Key = Annotated[
    str, Header(alias="Idempotency-Key", min_length=20, max_length=100, pattern=r"^[!-~]+$")
]


class EnrolmentIn(In):
    """A machine as it sees itself."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    pin: str = Field(max_length=64)
    manufacturer: str = Field(max_length=80)
    serial: str = Field(max_length=80)
    product_number: str = Field("", max_length=40)
    model: str = Field("", max_length=160)
    name: str = Field("", max_length=120)
    domain: str = Field("", max_length=253)
    os: str = Field("", max_length=120)
    user: str = Field("", max_length=160)
    location: str = Field("", max_length=120)
    is_attended: StrictBool = False
    confirms_domain: StrictBool = False


class EnrolmentOut(Out):
    state: EnrolmentState
    device_id: UUID | None
    credential: str


def _told(made: Enrolment) -> HttpResponse:
    body = {"state": made.state, "device_id": made.device, "credential": made.credential}
    status = 201 if made.state is EnrolmentState.ENROLLED else 202
    response = answer(body, status=status)
    if made.is_repeated:
        response[REPEATED] = "true"
    return response


@router.post("/enrolments", url_name="agent_enrol", response={201: EnrolmentOut, 202: EnrolmentOut})
def enrol_machine(request: HttpRequest, body: EnrolmentIn, key: Key) -> HttpResponse:
    """Enrol a machine by a PIN. 201: it is enrolled. 202: it waits, held elsewhere."""
    facts = body.dict()
    pin = facts.pop("pin")
    asked = {name: facts.pop(name) for name in ("is_attended", "confirms_domain")}
    ask = Ask(
        pin,
        key,
        Machine(**facts),
        address=address_of(request),
        request_id=cast(Any, request).request_id,
        **asked,
    )
    return _told(enrol(ask=ask, now=utc_now()))


@router.get("/enrolment", url_name="agent_enrolment")
def show_enrolment(request: HttpRequest) -> HttpResponse:
    """How the enrolment of the machine with this credential stands."""
    given = request.headers.get("Authorization", "")
    found = find_agent(given.removeprefix(BEARER)) if given.startswith(BEARER) else None
    if found is None:
        raise CredentialNeeded
    return answer({"state": found.state, "device_id": found.device})


agent_api = Api(
    title="Fleetward for agents",
    urls_namespace="agent",
    openapi_url=None,
    docs_url=None,
    parser=StrictParser(),
)
errors.install(agent_api)
agent_api.add_router("", router)
