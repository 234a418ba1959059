"""Partners, their locations and certifications, for programs of the operator (T6, T7)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Field, Router
from pydantic import ConfigDict

from fleetward.access.contracts import Capability
from fleetward.api.answers import answer, once
from fleetward.api.auth import Caller, caller_of
from fleetward.api.calls import call
from fleetward.api.schemas import SOME_ID, SOME_TIME, IdempotencyKey, In, Out, sample
from fleetward.partners.actions import (
    add_location,
    record_courses,
    remove_location,
    withdraw_certification,
)
from fleetward.partners.contracts import (
    COURSE_CHARACTERS,
    LOCATION_CHARACTERS,
    CourseLine,
    CourseOutcome,
    PartnerDetail,
    PartnerSummary,
    Person,
    Programme,
)
from fleetward.partners.queries import get_partner_detail, list_partner_summaries

router = Router(tags=["operator: partners"])
NEEDS = Capability.OPERATE
SOME_PARTNER: dict[str, object] = {
    "customer_id": "9KQ2M7XV4T",
    "name": "Resale",
    "created_at": SOME_TIME,
    "has_unassigned_devices": True,
}
SOME_LOCATION: dict[str, object] = {
    "id": SOME_ID,
    "code": "102030",
    "name": "Lyon",
    "added_at": SOME_TIME,
}
SOME_CERTIFICATE: dict[str, object] = {"programme": "RESELL", "certified_on": "2026-01-10"}
SOME_PERSON: dict[str, object] = {
    "user_id": SOME_ID,
    "email": "pat@resale.example",
    "name": "Pat Lee",
    "is_active": True,
    "certified": [SOME_CERTIFICATE],
    "completed": {"0001114751": "2026-01-10"},
}


class PartnerOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(**SOME_PARTNER, locations=2, certified_users=1)
    )
    customer_id: str
    name: str
    created_at: datetime
    has_unassigned_devices: bool = Field(description="Whether its holding tenant was made")
    locations: int
    certified_users: int


class PartnersOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(partners=[{**SOME_PARTNER, "locations": 2, "certified_users": 1}])
    )
    partners: list[PartnerOut]


class LocationOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_LOCATION))
    id: UUID
    code: str = Field(description="The Partner ID by which resale feeds name the partner")
    name: str
    added_at: datetime


class CertificateOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_CERTIFICATE))
    programme: Programme
    certified_on: date = Field(description="When the last course of the programme was completed")


class PartnerPersonOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_PERSON))
    user_id: UUID
    email: str
    name: str
    is_active: bool
    certified: list[CertificateOut]
    completed: dict[str, date] = Field(description="The day of each completed course")


class PartnerDetailOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(**SOME_PARTNER, locations=[SOME_LOCATION], people=[SOME_PERSON])
    )
    customer_id: str
    name: str
    created_at: datetime
    has_unassigned_devices: bool
    locations: list[LocationOut]
    people: list[PartnerPersonOut]


class NewLocation(In):
    model_config = ConfigDict(json_schema_extra=sample(code="102030", name="Lyon"))
    code: str = Field(max_length=LOCATION_CHARACTERS)
    name: str = Field("", max_length=120)


class CompletedCourse(In):
    model_config = ConfigDict(
        json_schema_extra=sample(
            email="pat@resale.example", course="0001114751", completed_on="2026-01-10"
        )
    )
    email: str = Field(max_length=254)
    course: str = Field(max_length=COURSE_CHARACTERS)
    completed_on: date


class CourseEndOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(outcome="CERTIFIED"))
    outcome: CourseOutcome


def _partner(row: PartnerSummary | PartnerDetail) -> dict[str, object]:
    return {
        "customer_id": row.partner.tenant.customer_id,
        "name": row.partner.tenant.name,
        "created_at": row.partner.created_at,
        "has_unassigned_devices": row.partner.holding is not None,
    }


def _person(one: Person) -> dict[str, object]:
    return {
        "user_id": one.member.uid,
        "email": one.member.email,
        "name": one.member.name,
        "is_active": one.member.is_active,
        "certified": [
            {"programme": row.programme, "certified_on": row.certified_on}
            for row in one.certifications
        ],
        "completed": dict(one.courses),
    }


def _detail(caller: Caller, partner_id: str) -> PartnerDetail:
    return get_partner_detail(actor=caller.actor, vendor=caller.tenant.id, customer_id=partner_id)


def _locations(detail: PartnerDetail) -> list[dict[str, object]]:
    return [
        {"id": one.uid, "code": one.code, "name": one.name, "added_at": one.added_at}
        for one in detail.locations
    ]


@call(router, "GET /operator/partners", needs=NEEDS, answers=PartnersOut)
def list_partners(request: HttpRequest) -> HttpResponse:
    """List every partner of the installation, by name."""
    caller = caller_of(request)
    rows = list_partner_summaries(actor=caller.actor, vendor=caller.tenant.id)
    items = [
        {**_partner(row), "locations": row.locations, "certified_users": row.certified}
        for row in rows
    ]
    return answer({"partners": items})


@call(router, "GET /operator/partners/{partner_id}", needs=NEEDS, answers=PartnerDetailOut)
def get_partner(request: HttpRequest, partner_id: str) -> HttpResponse:
    """Show a partner, by its Customer ID, with its locations and its people."""
    detail = _detail(caller_of(request), partner_id)
    people = [_person(one) for one in detail.people]
    return answer({**_partner(detail), "locations": _locations(detail), "people": people})


@call(
    router,
    "POST /operator/partners/{partner_id}/locations",
    needs=NEEDS,
    answers=LocationOut,
    status=201,
    problems=[409],
)
def add_partner_location(
    request: HttpRequest, partner_id: str, body: NewLocation, key: IdempotencyKey = None
) -> HttpResponse:
    """Give a partner a location. A Partner ID is unique in the whole installation."""
    caller = caller_of(request)

    def make() -> tuple[object, str]:
        uid = add_location(
            actor=caller.actor,
            vendor=caller.tenant.id,
            customer_id=partner_id,
            code=body.code,
            name=body.name,
            now=caller.now,
        )
        [made] = [one for one in _locations(_detail(caller, partner_id)) if one["id"] == uid]
        return made, reverse("api:get_partner", args=[partner_id])

    return once(request, key, make)


@call(
    router,
    "DELETE /operator/partners/{partner_id}/locations/{uuid:location_id}",
    needs=NEEDS,
    status=204,
)
def remove_partner_location(request: HttpRequest, partner_id: str, location_id: UUID) -> None:
    """Take a location from a partner; what came for it stays where it is."""
    caller = caller_of(request)
    remove_location(
        actor=caller.actor,
        vendor=caller.tenant.id,
        customer_id=partner_id,
        uid=location_id,
        now=caller.now,
    )


@call(router, "POST /operator/completed-courses", needs=NEEDS, answers=CourseEndOut)
def record_completed_course(
    request: HttpRequest, body: CompletedCourse, key: IdempotencyKey = None
) -> HttpResponse:
    """Record a completed course; whoever has completed a programme by it is certified.

    Repeating it changes nothing more.
    """
    caller = caller_of(request)

    def make() -> tuple[object, str]:
        line = CourseLine(1, body.email, body.course, body.completed_on.isoformat())
        [end] = record_courses(
            actor=caller.actor,
            vendor=caller.tenant.id,
            lines=[line],
            now=caller.now,
            is_by_hand=True,
        )
        return CourseEndOut(outcome=end.outcome), ""

    return once(request, key, make, status=200)


@call(
    router,
    "DELETE /operator/partners/{partner_id}/people/{uuid:person_id}/certifications/{programme}",
    needs=NEEDS,
    status=204,
    problems=[409],
)
def withdraw_partner_certification(
    request: HttpRequest, partner_id: str, person_id: UUID, programme: Programme
) -> None:
    """End a certification."""
    caller = caller_of(request)
    withdraw_certification(
        actor=caller.actor,
        vendor=caller.tenant.id,
        customer_id=partner_id,
        user=str(person_id),
        programme=programme,
        now=caller.now,
    )
