"""How many statements each page and each answer takes: as many for ten rows as for a hundred.

The numbers lie in `matrices/budgets`, a file for each context, so that a change of one is seen.
"""

from __future__ import annotations

import csv
from functools import cache
from itertools import chain
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fleetward.identity.models import Token
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.contracts import Role, TenantKind
from fleetward.tenancy.models import Membership
from tests.arch.checks import CONTEXTS
from tests.cast import make_cast, make_tenant, make_user
from tests.crowd import add_requests, add_rows
from tests.objects import Objects, connect, token_of
from tests.objects_of_trade import open_holding
from tests.routes import Route, address, table, text_of
from tests.worlds import World, add_customers, add_partners, make_world

pytestmark = pytest.mark.django_db

FOLDER = Path(__file__).resolve().parents[1] / "matrices" / "budgets"
# As many as are asked for: what a page holds must not hide that each row costs a statement.
LIMITED = {
    "list_devices",
    "list_device_history",
    "list_transfers",
    "list_transfer_rows",
    "list_transferred_devices",
    "list_transferred_device_history",
    "list_entitlements",
    "list_evidence",
    "list_groups",
    "list_support_requests",
    "list_operator_support_requests",
    "list_resale_feeds",
    "list_resale_feed_outcomes",
    "list_bulk_changes",
    "list_bulk_outcomes",
    "list_store_calls",
    "list_store_outcomes",
    "list_imports",
    "list_import_outcomes",
    "list_runs",
    "list_reminders",
    "list_flaws",
    "list_notifications",
    "list_audit",
    "list_exports",
    "list_users",
    "list_customers",
    "list_ordered_devices",
    "list_pending_enrolments",
}
QUERIES = {
    **dict.fromkeys(LIMITED, "?limit=1000"),
    "get_coverage": "?as_of=2026-03-03",
    "devices": "?q=T0",
}


def asked() -> dict[str, Route]:
    """Everything of a tenant that is read."""
    return {r.name: r for r in table() if r.method == "GET" and r.is_of_tenant}


@cache
def files() -> dict[str, list[tuple[str, int]]]:
    """Names and budgets by the context whose file has them."""
    found = {}
    for file in sorted(FOLDER.glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as lines:
            found[file.stem] = [(r["name"], int(r["statements"])) for r in csv.DictReader(lines)]
    return found


def every_budget() -> dict[str, int]:
    return dict(chain.from_iterable(files().values()))


def test_every_page_and_answer_has_one_budget() -> None:
    names = [name for name, _ in chain.from_iterable(files().values())]
    assert set(names) <= {route.name for route in table()}
    assert sorted(name for name in names if name in asked()) == sorted(asked())
    assert set(files()) <= set(CONTEXTS)


@pytest.fixture
def objects() -> Objects:
    cast = make_cast()
    connect(cast.acme)
    return Objects(cast.acme, cast.admin)


@pytest.fixture
def world(objects: Objects) -> World:
    return make_world(objects)


def statements(world: World, name: str) -> int:
    """What one request takes, once the session is there and the token was used."""
    route = asked()[name]
    objects = certified() if "ordered-devices" in route.route else world[route.kind]
    tenant = objects.tenant
    where = address(route, customer_id=tenant.customer_id, values=objects.values(route))
    if route.is_api:
        headers = {"authorization": f"Bearer {token_of(tenant, objects.user)}"}
        client = Client(headers=headers | {"host": "localhost"})
        Token.objects.update(latest_use_at=utc_now())
    else:
        client = Client(headers={"host": "localhost"})
        client.force_login(objects.user)
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(where + QUERIES.get(name, ""))
        text_of(answer)
    assert answer.status_code in {200, 302}, (name, answer.status_code)
    return sum("SAVEPOINT" not in query["sql"] for query in seen)


def certified() -> Objects:
    """A partner that has Unassigned Devices, which changes what its other pages ask."""
    tenant = make_tenant("Certified", kind=TenantKind.PARTNER)
    user = make_user(roles={tenant.id: Role.PARTNER_ADMIN})
    open_holding(tenant, user)
    return Objects(tenant, user)


def known_to(objects: Objects) -> dict[str, str]:
    """The device, import, run and so on that addresses name."""
    names = {
        "devices": "device",
        "support": "support_request",
        "imports": "import",
        "runs": "run",
        "groups": "group_edit",
        "selections": "selection_group",
        "changes": "bulk",
        "by-file": "serials",
        "exports": "export",
        "transfers": "transfer",
    }
    return {kind: objects.values(asked()[name])["uid"] for kind, name in names.items()}


def test_what_is_read_keeps_its_budget(world: World) -> None:
    objects, allowed = world[TenantKind.CUSTOMER], every_budget()
    known, vendor = known_to(objects), world.get(TenantKind.VENDOR)
    add_rows(objects, known, count=10)
    if vendor:
        add_requests(vendor.tenant, vendor.of("support"), 10)
    add_customers(world[TenantKind.PARTNER], 10)
    add_partners(10)
    ten = {name: statements(world, name) for name in asked()}
    add_rows(objects, known, count=90)
    if vendor:
        add_requests(vendor.tenant, vendor.of("support"), 90)
    add_customers(world[TenantKind.PARTNER], 90)
    add_partners(90)
    hundred = {name: statements(world, name) for name in asked()}
    assert hundred == ten
    assert {name: number for name, number in ten.items() if number > allowed[name]} == {}


def test_control_a_statement_for_each_row_is_found(objects: Objects) -> None:
    """A list that asks for the tenant of each of its rows takes more for more rows."""
    few = len(asking_for_each(objects))
    add_rows(objects, known_to(objects), count=10)
    assert len(asking_for_each(objects)) == few + 10


def asking_for_each(objects: Objects) -> CaptureQueriesContext:
    with CaptureQueriesContext(connection) as seen:
        for member in Membership.objects.filter(user=objects.user):
            assert member.tenant
    return seen
