"""Two tenants that list the same machines never learn of each other, on any channel (T10, V1)."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import pytest
from django.db import connection
from django.test import Client

from fleetward.access.contracts import Capability
from fleetward.devices.models import Device
from fleetward.identity.models import User
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.tenancy.contracts import Role, TenantKind, TenantRow
from tests.bulk import process, set_up
from tests.cast import actor_of, make_tenant, make_user
from tests.db.imports.lists import csv_of, imported
from tests.db.warranty.conftest import simulator_server, simulators, vendors
from tests.objects import Objects, token_of
from tests.objects_of_trade import open_holding
from tests.routes import Route, address, has_object, table, text_of
from tests.simulators import Simulators
from tests.worlds import make_world

__all__ = ["simulator_server", "simulators", "vendors"]
pytestmark = pytest.mark.django_db

SERIALS = [(f"SAME{n:03d}", maker) for n in range(4) for maker in ("Dell", "Lenovo", "HP")]
HEADERS = ("Serial number", "Manufacturer", "Device name", "Assigned user", "Asset tag")
# Partners are the installation's: operators see each of them (`tests/db/partners`).
READS = [
    route
    for route in table()
    if route.method == "GET" and route.is_of_tenant and route.kind is not TenantKind.VENDOR
]


@dataclass(frozen=True)
class Side:
    """A tenant, its administrator, and the word that stands in everything of its own."""

    tenant: TenantRow
    admin: User
    word: str

    @property
    def page(self) -> Client:
        client = Client(headers={"host": "localhost", "accept-language": "en"})
        client.force_login(self.admin)
        return client

    @property
    def program(self) -> Client:
        token = token_of(self.tenant, self.admin)
        return Client(headers={"host": "localhost", "authorization": f"Bearer {token}"})

    def url(self, path: str) -> str:
        return f"/t/{self.tenant.customer_id}/{path}"


def make_side(word: str, extra: tuple[str, ...] = ()) -> Side:
    """A tenant at work: devices, a refused row, a bulk processing, and its notifications."""
    tenant = make_tenant(word)
    admin = make_user(f"{word}@example.org", {tenant.id: Role.IT_ADMIN})
    actor = actor_of(admin)
    rows = [(*pair, f"{word}-PC-{n}", word, word) for n, pair in enumerate(SERIALS)]
    rows += [(serial, "Dell", f"{word}-only", word, word) for serial in extra]
    rows.append(("None", "Dell", f"{word}-refused", word, word))
    set_up(tenant.id)
    imported(actor, tenant.id, csv_of(rows, HEADERS))
    process(actor, tenant.id)
    return Side(tenant, admin, word)


@pytest.fixture
def acme(vendors: Simulators) -> Side:
    return make_side("acmeword")


@pytest.fixture
def globex(vendors: Simulators) -> Side:
    return make_side("globexword", extra=("ALONE001", "ALONE002"))


def client_for(side: Side, route: Route) -> Client:
    return side.program if route.is_api else side.page


def test_no_page_and_no_operation_shows_anything_of_another_tenant(
    acme: Side, globex: Side
) -> None:
    """Each route that reads, asked in both tenants: their words never meet."""
    told = []
    worlds = {
        side.word: make_world(Objects(side.tenant, side.admin), side.word)
        for side in (acme, globex)
    }
    for mine, theirs in ((acme, globex), (globex, acme)):
        for route in READS:
            objects = worlds[mine.word][route.kind]
            here = Side(objects.tenant, objects.user, mine.word)
            if "ordered-devices" in route.route:
                open_holding(here.tenant, here.admin)
            values = objects.values(route)
            where = address(route, customer_id=here.tenant.customer_id, values=values)
            answer = client_for(here, route).get(where, follow=True)
            text = text_of(answer)
            assert answer.status_code == 200, where
            for word in (theirs.word, theirs.tenant.customer_id, "ALONE00"):
                if word in text and not (word == "ALONE00" and mine is globex):
                    told.append((where, word))
    assert told == []
    # The control: their own words are really there.
    for path in ("devices/", "devices/export.csv", "imports/", "logs/"):
        assert acme.word in text_of(acme.page.get(acme.url(path))), path
    assert acme.word in text_of(acme.program.get("/api/v1/devices"))


def test_counts_are_of_ones_own_devices(acme: Side, globex: Side) -> None:
    for side, devices in ((acme, 12), (globex, 14)):
        numbers = side.program.get("/api/v1/dashboard").json()
        assert (numbers["devices"], sum(numbers["by_status"].values())) == (devices, devices)
        exported = text_of(side.page.get(side.url("devices/export.csv")))
        assert len(list(csv.reader(io.StringIO(exported)))) == devices + 1
        assert len(side.program.get("/api/v1/devices?limit=100").json()["items"]) == devices


def test_a_search_finds_nothing_of_another_tenant(acme: Side, globex: Side) -> None:
    uids = uids_of(globex)
    for query in ("ALONE001", "LONE0", "globexword", "globexword-only"):
        for where in (f"devices/?q={query}", f"devices/export.csv?q={query}"):
            text = text_of(acme.page.get(acme.url(where)))
            assert not [uid for uid in uids if uid in text], where
            assert f"{globex.word}-PC" not in text, where
        assert acme.program.get(f"/api/v1/devices?q={query}").json()["items"] == []
        assert globex.program.get(f"/api/v1/devices?q={query}").json()["items"] != []


def uids_of(side: Side) -> list[str]:
    with tenant_scope([side.tenant.id]):
        return [str(d.uid) for d in Device.objects.filter(tenant_id=side.tenant.id)]


def test_t10_a_serial_of_another_tenant_is_free_and_ones_own_is_told_alike(
    acme: Side, globex: Side
) -> None:
    body = {"manufacturer": "Dell", "serial": "ALONE001"}
    assert acme.program.post("/api/v1/devices", body, "application/json").status_code == 201
    again = acme.program.post("/api/v1/devices", body, "application/json")
    assert again.status_code == 409
    assert globex.word not in text_of(again)
    with tenant_scope([globex.tenant.id]):
        untouched = Device.objects.get(tenant_id=globex.tenant.id, serial="ALONE001")
    assert untouched.name == f"{globex.word}-only"


def test_who_belongs_to_both_sees_each_on_its_own(acme: Side, globex: Side) -> None:
    both = make_user(roles={s.tenant.id: Role.IT_ADMIN for s in (acme, globex)})
    for mine, theirs in ((acme, globex), (globex, acme)):
        side = Side(mine.tenant, both, mine.word)
        for path in ("devices/", "devices/export.csv", "imports/", "warranty/runs/", "logs/"):
            assert f"{theirs.word}-" not in text_of(side.page.get(side.url(path))), path
        assert len(side.program.get("/api/v1/devices?limit=100").json()["items"]) in {12, 14}
        shown = text_of(side.program.get("/api/v1/devices?limit=100"))
        assert theirs.word not in shown


def test_ids_of_one_tenant_lead_nowhere_below_the_address_of_another(
    acme: Side, globex: Side
) -> None:
    """Even for somebody who may see both: the address says where one stands."""
    both = make_user(roles={s.tenant.id: Role.IT_ADMIN for s in (acme, globex)})
    here = Side(acme.tenant, both, acme.word)
    objects = Objects(globex.tenant, both)
    asked = [r for r in READS if has_object(r) and r.kind is TenantKind.CUSTOMER]
    assert {route.is_api for route in asked} == {True, False}
    for route in asked:
        values = objects.values(route)
        where = address(route, customer_id=acme.tenant.customer_id, values=values)
        assert client_for(here, route).get(where).status_code == 404, where


def test_beneath_the_door_the_net_holds_back_what_a_statement_forgets(
    acme: Side, globex: Side
) -> None:
    """The explicit predicate is left out, and the door is fed with both tenants."""
    both = [acme.tenant.id, globex.tenant.id]
    door = "SELECT DISTINCT tenant_id FROM devices_visible(%s::bigint[], '{}'::bigint[], %s)"
    with tenant_scope([acme.tenant.id]):
        assert sql.fetch_text(door, [both, Capability.SEE_DEVICES]) == [(acme.tenant.id,)]
        for name in protected_tables():
            strays = f"SELECT count(*) FROM {name} WHERE tenant_id = %s"
            assert sql.fetch_text(strays, [globex.tenant.id]) == [(0,)], name
    assert sql.fetch_text(door, [both, Capability.SEE_DEVICES]) == []
    with tenant_scope(both):
        assert len(sql.fetch_text(door, [both, Capability.SEE_DEVICES])) == 2


def protected_tables() -> list[str]:
    """Tables under row-level security that hold something of both tenants, or might."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relrowsecurity AND c.relkind = 'r' AND a.attname = 'tenant_id'"
        )
        names = [name for (name,) in cursor.fetchall()]
    assert {"devices_device", "warranty_coverage", "devices_importrow"} <= set(names)
    return names
