"""Every operation, as everybody: the rows of `routes.csv` are the operations, and hold."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse

from fleetward.access.contracts import Capability
from fleetward.access.queries import is_allowed
from fleetward.api.app import api
from fleetward.audit.models import LogFilter
from fleetward.devices.models import Selection, View
from fleetward.identity.models import User
from fleetward.infra.tx import tenant_scope
from fleetward.tenancy.contracts import CUSTOM_ROLES, CUSTOMER_ROLES, PARTNER_ROLES, Role
from fleetward.tenancy.models import Membership
from fleetward.warranty.models import Export
from tests.api.conftest import Program, program_of
from tests.api.documented import document
from tests.api.world import KINDS, QUERIES, World, make_world
from tests.cast import Cast, actor_of, make_user
from tests.routes import nobody_may
from tests.simulators import Simulators

TABLE = Path(__file__).resolve().parents[1] / "matrices" / "routes.csv"
LACKING = {
    "SEE_AUDIT": Role.DEVICE_ADMIN,
    "SEE_CONNECTIONS": Role.DEVICE_ADMIN,
    "MANAGE_CONNECTIONS": Role.DEVICE_ADMIN,
    "MANAGE_SETTINGS": Role.DEVICE_ADMIN,
    "MANAGE_ENROLMENT": Role.DEVICE_ADMIN,
    "ENROL_DEVICES": Role.REPORT_ADMIN,
    "EDIT_DEVICES": Role.REPORT_ADMIN,
    "MANAGE_GROUPS": Role.REPORT_ADMIN,
    "DELETE_DEVICES": Role.REPORT_ADMIN,
    "IMPORT_DEVICES": Role.REPORT_ADMIN,
    "REFRESH_WARRANTY": Role.REPORT_ADMIN,
    "SEE_USERS": Role.DEVICE_ADMIN,
    "MANAGE_USERS": Role.DEVICE_ADMIN,
    "ENTER_WARRANTY": Role.REPORT_ADMIN,
}


@dataclass(frozen=True)
class Route:
    method: str
    route: str
    name: str
    capability: str

    @property
    def has_object(self) -> bool:
        return "<" in self.route

    def send(self, program: Program, world: World) -> HttpResponse:
        address = world.address(self.route) + QUERIES.get(self.name, "")
        kind = {"content_type": KINDS[self.name]} if self.name in KINDS else {}
        return program.send(self.method, address, world.body(self.name), **kind)


def routes() -> list[Route]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = [Route(**row) for row in csv.DictReader(file)]
    return [
        row
        for row in rows
        if row.route.startswith("/api/") and row.capability not in {"-", "agent"}
    ]


# Support requests belong to two tenants, partners and feeds to the operator, transfers, customers
# and ordered devices to a partner, and licence keys are issued for a tenant; they are asked in
# `tests/web/test_routes`, and in the tests of each beside this one.
# A notification is its user's alone, whatever the role: `test_notifications`.
ELSEWHERE = (
    "support-requests",
    "/operator/",
    "/transfers",
    "/customers",
    "/ordered-devices",
    "/licences",
)
OF_CUSTOMERS = [
    route
    for route in routes()
    if not any(word in route.route for word in ELSEWHERE) and route.name != "snooze_notification"
]
ROUTES = [pytest.param(route, id=route.name) for route in OF_CUSTOMERS]
WITH_OBJECT = [pytest.param(r, id=r.name) for r in OF_CUSTOMERS if r.has_object]
NOT_FOR_ALL = [pytest.param(r, id=r.name) for r in OF_CUSTOMERS if r.capability in LACKING]


@pytest.fixture
def world(cast: Cast) -> World:
    return make_world(cast)


def declared() -> set[tuple[str, str, str, str]]:
    """Method, route, name and capability of each operation, as the code has them."""
    found = set()
    for router in api._get_bound_routers():
        for path, view in router.path_operations.items():
            for operation in view.operations:
                auth: Any = operation.auth_callbacks[0]
                route = "/api/v1" + re.sub(r"{(?:\w+:)?(\w+)}", r"<\1>", path)
                name = operation.operation_id or ""
                found.add((operation.methods[0], route, name, str(auth.needs)))
    return found


def test_the_table_lists_every_operation_with_its_capability() -> None:
    assert {(r.method, r.route, r.name, r.capability) for r in routes()} == declared()
    ids = [o["operationId"] for path in document()["paths"].values() for o in path.values()]
    assert sorted(ids) == sorted(route.name for route in routes())


@pytest.mark.parametrize("route", ROUTES)
def test_anonymous_is_asked_for_a_token(route: Route, anonymous: Program, world: World) -> None:
    assert route.send(anonymous, world).status_code == 401


@pytest.mark.parametrize("route", WITH_OBJECT)
def test_outsider_gets_the_answer_of_what_never_existed(
    route: Route, outsider: Program, world: World
) -> None:
    answers = [route.send(outsider, w).json() for w in (world, world.of_nobody())]
    for answer in answers:
        answer.pop("request_id", None)
    if "<provider>" in route.route:
        # What is installed is no secret; what a tenant has set up is, and shows nowhere.
        assert "canary" not in str(answers[0])
        assert "l7abc" not in str(answers[0])
        return
    assert answers[0] == answers[1]
    assert answers[0]["status"] == 404


def test_lists_of_an_outsider_show_nothing(outsider: Program, world: World) -> None:
    for path in (
        "/devices",
        "/imports",
        "/warranty-runs",
        "/warranty-reminders",
        "/audit?verb=device.added",
    ):
        assert outsider.get(path).json()["items"] == []
    assert outsider.get("/devices?q=5XK").json()["items"] == []
    assert outsider.get("/dashboard").json()["devices"] == 0
    board = outsider.get("/vendor-health").json()
    assert (board["services"], board["others"]) == ([], 0)
    services = outsider.get("/external-services").json()["items"]
    assert {service["connection"] for service in services} == {None}


def test_a_device_of_another_tenant_never_collides(outsider: Program, world: World) -> None:
    """T10: no error tells one tenant that another holds a serial."""
    made = outsider.post("/devices", {"manufacturer": "Dell", "serial": "5XK2QL3"})
    assert made.status_code == 201


@pytest.mark.parametrize("route", NOT_FOR_ALL)
def test_member_without_the_right_is_refused(route: Route, cast: Cast, world: World) -> None:
    user = make_user(roles={cast.acme.id: LACKING[route.capability]})
    answer = route.send(program_of(user, cast.acme), world)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_member_with_all_rights_but_that_one_is_refused(admin: Program, world: World) -> None:
    """Also where every role has the right: no other one may open the door."""
    wrong = {}
    for route in OF_CUSTOMERS:
        with nobody_may(route.capability):
            answer = route.send(admin, world)
        if (answer.status_code, answer.json()["code"]) != (403, "forbidden"):
            wrong[route.name] = answer.content
    assert wrong == {}


def test_roles_that_lack_a_right_are_the_right_ones() -> None:
    """A refusal must come from the right, not from a mistake in this table."""
    names = {route.capability for route in OF_CUSTOMERS}
    assert set(LACKING) <= names
    for name in names:
        members = [one for one in (*CUSTOMER_ROLES, *PARTNER_ROLES) if one not in CUSTOM_ROLES]
        roles = [role for role in members if not _has(role, Capability(name))]
        assert (LACKING.get(name) in roles) if roles else name not in LACKING


def _has(role: Role, capability: Capability) -> bool:
    actor = type("Actor", (), {"roles": {1: role}})()
    return is_allowed(actor, capability, tenant=1)  # type: ignore[arg-type]


def least_of(cast: Cast, capability: str) -> User:
    """A user with the weakest role that has the right."""
    order = (Role.REPORT_ADMIN, Role.DEVICE_ADMIN, Role.IT_ADMIN)
    role = next(r for r in order if _has(r, Capability(capability)))
    return make_user(roles={cast.acme.id: role})


@pytest.mark.parametrize("route", ROUTES)
def test_member_with_the_right_is_answered(
    route: Route, cast: Cast, world: World, vendors: Simulators
) -> None:
    user = least_of(cast, route.capability)
    with tenant_scope([cast.acme.id]):
        world.prepare(route.name)
        # Selections, views, exports and filters are of their user.
        LogFilter.objects.update(user_id=user.id)
        Selection.objects.update(user_id=user.id)
        View.objects.update(user_id=user.id)
        Export.objects.update(user_id=user.id)
    answer = route.send(program_of(user, cast.acme), world)
    assert 200 <= answer.status_code < 300, answer.content


def test_sight_ends_with_the_membership(cast: Cast, world: World) -> None:
    program = program_of(cast.reader, cast.acme)
    assert program.get(f"/devices/{world.device_id}").status_code == 200
    Membership.objects.filter(user=cast.reader).delete()
    assert program.get(f"/devices/{world.device_id}").status_code == 401
    assert actor_of(cast.reader).roles == {}
