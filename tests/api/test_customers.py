"""Customers by a program of their partner (T2, T3), and the end of the relation by the customer."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from django.http import HttpResponse
from procrastinate.contrib.django.models import ProcrastinateJob

from fleetward.identity.models import User
from fleetward.tenancy.contracts import Role, TenantRow
from fleetward.tenancy.models import Relation, Tenant
from tests.api.conftest import Program, program_of
from tests.api.test_errors import problem
from tests.cast import make_tenant, make_user, manage

pytestmark = pytest.mark.django_db
NEW = {
    "name": "Initech",
    "region": "US",
    "company": {"city": "Annecy", "country": "fr"},
    "plan": "STANDARD",
    "sign_in": "PROVIDER",
    "admin": {"first_name": "Peter", "last_name": "Gibbons", "email": "peter@initech.example"},
}


@dataclass
class Trade:
    """A partner, and what its programs and those of others may do."""

    partner: TenantRow = field(default_factory=lambda: make_tenant("Reseller", kind="PARTNER"))

    def program(self, role: Role = Role.PARTNER_ADMIN) -> Program:
        return program_of(make_user(roles={self.partner.id: role}), self.partner)


@pytest.fixture
def trade(db: None) -> Trade:
    return Trade()


def queued(task: str) -> list[dict[str, object]]:
    waiting = ProcrastinateJob.objects.filter(task_name=task, status="todo")
    return [job.args for job in waiting]


def made(program: Program, key: str = "one", **more: object) -> HttpResponse:
    return program.post("/customers", {**NEW, **more}, idempotency_key=key)


def test_t2_a_program_makes_a_customer_once(trade: Trade) -> None:
    program = trade.program()
    first, again = made(program), made(program)
    told = first.json()
    assert (first.status_code, again.json(), again["Idempotency-Replayed"]) == (201, told, "true")
    problem(made(program, name="Other"), 422, "idempotency_key_reused")
    assert (told["state"], told["customer_id"], told["is_invited"]) == ("PENDING", None, False)
    relation = Relation.objects.get(partner_id=trade.partner.id)
    place = relation.customer
    assert (relation.asks_for_sign_on, place.region, place.plan) == (True, "US", "STANDARD")
    [job] = queued("web.send_password_link")
    assert job["user_id"] == User.objects.get(email="peter@initech.example").id
    assert first["Location"].endswith(f"/customers/{told['id']}")
    shown = program.get(first["Location"]).json()
    assert shown == {name: value for name, value in told.items() if name != "is_invited"}
    known = made(program, "two", sign_in="PASSWORD", plan="").json()
    assert known["is_invited"] is True
    [invited] = queued("web.send_invitation")
    assert invited["inviter"].endswith("(CI)")
    assert trade.partner.customer_id not in str(known)


def test_what_cannot_be_made_is_refused(trade: Trade) -> None:
    program = trade.program()
    problem(made(program, plan="NONE"), 422, "plan_not_offered")
    problem(made(program, name="  "), 422, "bad_company")
    problem(made(program, company={"country": "F"}), 422, "bad_company")
    problem(made(program, admin={**NEW["admin"], "email": "nobody"}), 422, "bad_email")
    problem(made(program, region="MOON"), 422, "invalid_request")
    assert not Tenant.objects.filter(kind="CUSTOMER").exists()


def test_t3_customers_are_listed_with_how_each_stands(trade: Trade) -> None:
    states = ("ACCEPTED", "PENDING", "ENDED", "ACCEPTED")
    places = [make_tenant(f"Customer {number}") for number in range(len(states))]
    for place, state in zip(places, states, strict=True):
        manage(place, trade.partner, state)
    manage(make_tenant("Theirs"), make_tenant("Rival", kind="PARTNER"))
    service = trade.program(Role.PARTNER_SERVICE)
    rows = [row for page in service.pages("/customers?limit=3") for row in page]
    assert [(row["name"], row["state"]) for row in rows] == [
        (place.name, state) for place, state in zip(places, states, strict=True)
    ]
    ids = [row["customer_id"] for row in rows]
    assert ids == [places[0].customer_id, None, None, places[3].customer_id]
    some = service.get("/customers?state=PENDING&state=ENDED").json()["items"]
    assert some == rows[1:3]
    assert service.get(f"/customers/{rows[1]['id']}").json() == rows[1]
    problem(made(service), 403, "forbidden")


def test_nobody_else_sees_or_makes_them(trade: Trade) -> None:
    customer = make_tenant("Initech")
    manage(customer, trade.partner)
    uid = Relation.objects.get(customer_id=customer.id).uid
    rival = make_tenant("Rival", kind="PARTNER")
    stranger = program_of(make_user(roles={rival.id: Role.PARTNER_ADMIN}), rival)
    assert stranger.get("/customers").json()["items"] == []
    problem(stranger.get(f"/customers/{uid}"), 404, "not_found")
    vendor = make_tenant("Vendor", kind="VENDOR")
    others = {Role.IT_ADMIN: customer, Role.REPORT_ADMIN: customer, Role.OPERATOR: vendor}
    for role, place in others.items():
        program = program_of(make_user(roles={place.id: role}), place)
        for answer in (program.get("/customers"), program.get(f"/customers/{uid}"), made(program)):
            problem(answer, 403, "forbidden")


def test_t3_the_customer_alone_ends_the_relation(trade: Trade) -> None:
    customer = make_tenant("Initech")
    admin = program_of(make_user(roles={customer.id: Role.IT_ADMIN}), customer)
    assert admin.get("/assigned-partner").json() == {"partner": None}
    problem(admin.post("/assigned-partner/end"), 409, "relation_over")
    manage(customer, trade.partner)
    found = admin.get("/assigned-partner").json()["partner"]
    assert (found["name"], found["state"]) == ("Reseller", "ACCEPTED")
    partner, reader = trade.program(), make_user(roles={customer.id: Role.REPORT_ADMIN})
    problem(program_of(reader, customer).post("/assigned-partner/end"), 403, "forbidden")
    [row] = partner.get("/customers").json()["items"]
    assert row["customer_id"] == customer.customer_id
    for _ in range(2):
        ended = admin.post("/assigned-partner/end", idempotency_key="one")
        assert (ended.status_code, ended.json()) == (200, {"partner": None})
    [row] = partner.get("/customers").json()["items"]
    assert (row["state"], row["customer_id"]) == ("ENDED", None)
