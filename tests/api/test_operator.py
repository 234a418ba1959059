"""Partners, their locations and certifications over the API of the operator (T6, T7)."""

from __future__ import annotations

import pytest

from fleetward.identity.models import User
from fleetward.tenancy.contracts import Role, TenantKind, TenantRow
from tests.api.conftest import Program, program_of
from tests.cast import make_tenant, make_user, make_vendor

ALL = "/operator/partners"
COURSES = "/operator/completed-courses"


@pytest.fixture
def operator(db: None) -> Program:
    vendor, user = make_vendor()
    return program_of(user, vendor)


@pytest.fixture
def pat(db: None) -> tuple[TenantRow, User]:
    partner = make_tenant("Resale", kind=TenantKind.PARTNER)
    return partner, make_user("pat@resale.example", {partner.id: Role.PARTNER_ADMIN})


def test_t6_t7_a_program_certifies_and_withdraws(
    operator: Program, pat: tuple[TenantRow, User]
) -> None:
    partner, user = pat
    place = f"{ALL}/{partner.customer_id}"
    done = {"email": user.email, "course": "0001114751", "completed_on": "2026-01-10"}
    first = operator.post(COURSES, done, idempotency_key="once")
    assert (first.status_code, first.json()) == (200, {"outcome": "CERTIFIED"})
    again = operator.post(COURSES, done, idempotency_key="once")
    assert (again.content, again["Idempotency-Replayed"]) == (first.content, "true")
    assert operator.post(COURSES, done | {"email": "x@x.example"}).json() == {
        "outcome": "UNKNOWN_USER"
    }
    [row] = operator.get(ALL).json()["partners"]
    assert (row["name"], row["certified_users"], row["has_unassigned_devices"]) == (
        "Resale",
        1,
        True,
    )
    [person] = operator.get(place).json()["people"]
    assert person["certified"] == [{"programme": "RESELL", "certified_on": "2026-01-10"}]
    assert person["completed"] == {"0001114751": "2026-01-10"}
    way = f"{place}/people/{person['user_id']}/certifications/RESELL"
    assert operator.send("DELETE", way).status_code == 204
    assert operator.send("DELETE", way).json()["code"] == "not_certified"
    assert operator.get(place).json()["people"][0]["certified"] == []


def test_a_program_gives_a_partner_locations_and_takes_them(
    operator: Program, pat: tuple[TenantRow, User]
) -> None:
    place = f"{ALL}/{pat[0].customer_id}"
    given = {"code": "102030", "name": "Lyon"}
    made = operator.post(f"{place}/locations", given, idempotency_key="once")
    again = operator.post(f"{place}/locations", given, idempotency_key="once")
    assert (made.status_code, again.content) == (201, made.content)
    assert operator.post(f"{place}/locations", given).json()["code"] == "location_taken"
    assert operator.post(f"{place}/locations", {"code": "?!"}).json()["code"] == "bad_location"
    [kept] = operator.get(place).json()["locations"]
    assert kept == made.json()
    assert operator.send("DELETE", f"{place}/locations/{kept['id']}").status_code == 204
    assert operator.send("DELETE", f"{place}/locations/{kept['id']}").status_code == 404
    assert operator.get(f"{ALL}/0000000000").status_code == 404
