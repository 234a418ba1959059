"""A partner under All Customers, and in the tenant of one of them (T5)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from django.test import Client

from fleetward.identity.models import User
from fleetward.tenancy.contracts import RelationState, Role, TenantKind, TenantRow
from fleetward.tenancy.models import Membership, Relation
from tests.cast import NOW, add_devices, make_tenant, make_user
from tests.db.transfers.desk import hold_for
from tests.objects import token_of
from tests.routes import text_of as whole_of
from tests.web.reading import signed_in, text_of

pytestmark = pytest.mark.django_db


@dataclass
class Trade:
    """A partner with customers, each with two devices, and one that has not accepted."""

    partner: TenantRow
    admin: User
    customers: list[TenantRow]
    pending: TenantRow

    @property
    def client(self) -> Client:
        return signed_in(self.admin)

    def url(self, path: str = "", tenant: TenantRow | None = None) -> str:
        return f"/t/{(tenant or self.partner).customer_id}/{path}"


def make_trade(customers: int) -> Trade:
    partner = make_tenant("Partner", kind=TenantKind.PARTNER)
    made = [make_tenant(f"Customer {n:02d}") for n in range(customers)]
    pending = make_tenant("Undecided")
    for tenant, state in (*((one, "ACCEPTED") for one in made), (pending, "PENDING")):
        add_devices(tenant.id, 2)
        Relation.objects.create(
            partner_id=partner.id, customer_id=tenant.id, state=state, made_at=NOW
        )
    admin = make_user(roles={partner.id: Role.PARTNER_ADMIN})
    return Trade(partner, admin, made, pending)


@pytest.fixture
def trade() -> Trade:
    return make_trade(3)


def test_t5_the_list_and_the_dashboard_are_those_of_all_customers(trade: Trade) -> None:
    page = trade.client.get(trade.url("devices/"))
    text = text_of(page)
    assert "6 devices" in text
    assert "Undecided" not in text
    for one in trade.customers:
        # Each device has one, and the selector.
        assert text.count(one.name) == 2 + 1
        assert re.search(
            rf'href="/t/{one.customer_id}/devices/[\w-]{{36}}/"', page.content.decode()
        )
    shown = text_of(trade.client.get(trade.url()))
    assert "Customers 3" in shown
    assert "of 6" in shown


def test_t5_what_is_about_one_customer_asks_to_choose_one(trade: Trade) -> None:
    for path in ("groups/", "warranty/budget/", "warranty/gaps/", "warranty/runs/"):
        answer = trade.client.get(trade.url(path))
        assert answer.status_code == 409, path
        assert "one_customer_only" in text_of(answer)
        assert trade.client.get(trade.url(path, trade.customers[0])).status_code == 200


def test_t5_a_bar_says_for_whom_one_acts(trade: Trade) -> None:
    one = trade.customers[1]
    text = text_of(trade.client.get(trade.url("devices/", one)))
    assert f"You act for {one.name} , a customer of Partner. All customers" in text
    assert "You act for" not in text_of(trade.client.get(trade.url()))
    member = make_user(roles={one.id: Role.IT_ADMIN})
    assert "You act for" not in text_of(signed_in(member).get(trade.url("devices/", one)))


def test_t3_once_ended_nothing_is_in_sight_with_the_next_request(trade: Trade) -> None:
    one, client = trade.customers[0], trade.client
    assert client.get(trade.url("devices/", one)).status_code == 200
    Relation.objects.filter(customer_id=one.id).update(state=RelationState.ENDED)
    assert client.get(trade.url("devices/", one)).status_code == 404
    text = text_of(client.get(trade.url("devices/")))
    assert "4 devices" in text
    assert one.name not in text


def test_t5_the_file_of_all_customers_says_whose_each_is(trade: Trade) -> None:
    lines = whole_of(trade.client.get(trade.url("devices/export.csv"))).splitlines()
    assert lines[0].lstrip("\ufeff").startswith("Customer,Customer ID,")
    told = {tuple(line.split(",")[:2]) for line in lines[1:]}
    assert told == {(one.name, one.customer_id) for one in trade.customers}


def test_t5_of_many_customers_the_selector_offers_the_latest_and_finds_others() -> None:
    trade = make_trade(12)
    client = trade.client
    seen = trade.customers[7]
    client.get(trade.url("devices/", seen))
    text = text_of(client.get(trade.url("devices/?q=nothing")))
    assert seen.name in text
    assert trade.customers[3].name not in text
    find = trade.url("find/tenants/")
    assert "Customer 03" in text_of(client.get(find, {"q": "mer 03"}))
    by_id = trade.customers[4].customer_id
    assert "Customer 04" in text_of(client.get(find, {"q": by_id[:6].lower()}))
    for words in ("Undecided", "zzz"):
        assert "No customer is called that." in text_of(client.get(find, {"q": words}))
    assert seen.name in text_of(client.get(find, {"q": ""}))


def test_t5_the_api_lists_the_devices_of_all_customers_with_whose_they_are(trade: Trade) -> None:
    token = token_of(trade.partner, trade.admin)
    program = Client(headers={"host": "localhost", "authorization": f"Bearer {token}"})
    items = program.get("/api/v1/devices?limit=100").json()["items"]
    assert {item["customer_id"] for item in items} == {o.customer_id for o in trade.customers}
    assert len(items) == program.get("/api/v1/dashboard").json()["devices"] == 6
    refused = program.get(f"/api/v1/devices/{items[0]['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "one_customer_only")
    Relation.objects.filter(customer_id=trade.customers[0].id).update(state=RelationState.ENDED)
    assert len(program.get("/api/v1/devices?limit=100").json()["items"]) == 4


def test_t8_a_program_of_a_partner_reads_one_customer_and_what_it_holds(trade: Trade) -> None:
    holding, rival = hold_for(trade.partner), make_tenant("Rival")
    for tenant in (holding, rival):
        add_devices(tenant.id, 1)
    token = token_of(trade.partner, trade.admin)
    program = Client(headers={"host": "localhost", "authorization": f"Bearer {token}"})

    def listed(tenant: TenantRow) -> tuple[int, list[str]]:
        answer = program.get("/api/v1/devices", {"customer_id": tenant.customer_id})
        return answer.status_code, [one["id"] for one in answer.json().get("items", [])]

    # Nobody of the partner sees it until somebody is certified (T7).
    assert listed(holding) == listed(rival) == listed(trade.pending) == (404, [])
    Membership.objects.filter(user=trade.admin).update(is_certified=True)
    assert len(listed(trade.customers[0])[1]) == 2
    (device,) = listed(holding)[1]
    for read in ("", "/history", "/entitlements", "/coverage", "/evidence"):
        place = f"/api/v1/devices/{device}{read}"
        assert program.get(place, {"customer_id": holding.customer_id}).status_code == 200
        assert program.get(place, {"customer_id": rival.customer_id}).status_code == 404
        assert program.get(place).json()["code"] == "one_customer_only"
    body = {"name": "Mine"}
    told = program.patch(f"/api/v1/devices/{device}", body, content_type="application/json")
    assert told.status_code == 403
    own = Client(
        headers={"host": "localhost", "authorization": f"Bearer {token_of(rival, _member(rival))}"}
    )
    for tenant, status in ((rival, 200), (holding, 404)):
        answer = own.get("/api/v1/devices", {"customer_id": tenant.customer_id})
        assert answer.status_code == status


def _member(tenant: TenantRow) -> User:
    return make_user(roles={tenant.id: Role.IT_ADMIN})
