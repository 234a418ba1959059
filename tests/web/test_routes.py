"""Every route of the table, asked by everybody: anonymous, outsider, member without and with."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fleetward.access.contracts import Capability
from fleetward.api.app import api
from fleetward.identity.models import User
from fleetward.tenancy.contracts import ManagingRole, Role, TenantKind, TenantRow
from tests.cast import (
    PASSWORD,
    Cast,
    make_cast,
    make_managed,
    make_manager,
    make_partners,
    make_tenant,
    make_user,
    make_vendors,
)
from tests.objects import LIST, SERIAL, Objects, connect, token_of
from tests.objects_of_trade import open_holding
from tests.routes import (
    MANAGED,
    NEVER,
    PUBLIC,
    SIGNED_IN,
    Route,
    address,
    has_object,
    never_values,
    nobody_may,
    operations,
    page_patterns,
    table,
    text_of,
)

pytestmark = pytest.mark.django_db

NOBODY = "0000000000"
OF_TENANTS = [route for route in table() if route.is_of_tenant]
# Those that exist only in the demo, before the first tenant, or while the operator has opened them.
ONLY_SOMETIMES = {"first_run", "gallery", "gallery_progress", "sign_up", "sign_up_proven"}
# What a POST needs so that its only obstacle can be a missing right.
DEVICE: dict[str, object] = {"manufacturer": "Dell", "serial": "XYZ1234"}
FORMS: Mapping[str, dict[str, object]] = {
    "language": {"language": "fr"},
    "profile": {"name": "Ada", "language": "en"},
    "account_login": {"login": "admin@acme.example", "password": PASSWORD},
    "account_reset_password": {"email": "admin@acme.example"},
    "user_add": {"email": "new@acme.example", "role": "REPORT_ADMIN", "password": PASSWORD},
    "user_change": {"role": "DEVICE_ADMIN", "is_active": "1"},
    "people_add": {"rows": '[[2, "list@acme.example", "", ""]]'},
    "user_access": {"role": "REPORT_ADMIN"},
    "role_new": {"name": "Logistics", "permissions": ["IMPORT_DEVICES"]},
    "role": {"name": "Logistics", "permissions": ["IMPORT_DEVICES"]},
    "sign_on": {"issuer": "http://127.0.0.1:1", "client_id": "x", "secret": "y"},
    "webhooks": {"name": "Chat", "url": "https://hooks.example.org/chat", "what": "all"},
    "webhook_edit": {"name": "Chat", "url": "https://hooks.example.org/chat", "what": "all"},
    "tenant_settings": {
        "name": "Acme",
        "time_zone": "Europe/Paris",
        "language": "en",
        "expiring_days": "60",
        "reminder_days": "90, 30",
        "archive_days": "60",
    },
    "selections": {"action": "export"},
    "exports": {"format": "xlsx", "query": ""},
    "selection_edit": {"location": "Lyon"},
    "selection_group": {"name": "Lyon"},
    "selection_labels": {"stock": "a4-24"},
    "selection_transfer": {"target": "<targets>"},
    "group_new": {"name": "Lyon"},
    "group_edit": {"name": "Lyon"},
    "schedule_edit": {"target": "group:<groups>", "every_days": "14"},
    "run_refresh": {"of": "view:<whole_views>"},
    "schedule_new": {"target": "group:<groups>", "every_days": "7"},
    "devices_view_new": {"name": "Lyon"},
    "log_filter_new": {"name": "Lyon"},
    "notification_mail": {"how": "DAILY", "hour": "8"},
    "notification_snooze": {"until": "HOUR"},
    "log_filter_edit": {"name": "Paris"},
    "devices_view_edit": {"name": "Lyon"},
    "company_edit": {"city": "Lyon", "country": "FR"},
    "customer_new": {
        "name": "Initech",
        "region": "EU",
        "first_name": "Peter",
        "last_name": "Gibbons",
        "email": "peter@initech.example",
        "step": "admin",
    },
    "operator_partner_new": {
        "name": "Resale",
        "region": "EU",
        "first_name": "Ann",
        "last_name": "Lee",
        "email": "ann@resale.example",
        "locations": "102030",
    },
    "operator_location_add": {"code": "102030"},
    "operator_certify": {
        "person": "<people>",
        "course": "0001114751",
        "completed_on": "2026-01-10",
    },
    "reconciliation": {"machines": "Serial Number;Manufacturer\n7XYZ123;Dell\n"},
    "operator_withdraw": {"person": "<people>", "programme": "RESELL"},
    "operator_plan_save": {"code": "GOLD", "name": "Gold", "rank": "40"},
    "licences": {"key": "<licence_texts>"},
    "licence_move": {"plan": "STANDARD"},
    "operator_courses": {"RESELL": "0001114751", "SERVICE": "0001114748, 0001114825"},
    "operator_sign_up": {"terms_version": "1", "terms_text": "Be fair."},
    "device_add": DEVICE,
    "device_edit": DEVICE,
    "warranty_enter": {"name": "Spare parts", "ends_on": "2028-12-31"},
    "external_service_save": {"dell-client_id": "l7abc", "dell-client_secret": "secret"},
    "budget_costs": {"default": "800"},
    "preferences_presence": {"presence_days": "30"},
    "pending_enrolments": {"machines": "Manufacturer;Serial number\nDell;5XK2QL3"},
    "tokens": {"name": "Nightly", "days": "30"},
    "support_new": {"subject": "Help", "category": "OTHER", "text": "As in <support>."},
    "support_request": {"text": "And this.", "action": "answer"},
    "operator_support_request": {"text": "Which?", "action": "answer"},
}
# Where the example of the documentation does not fit the objects of these tests.
# `<devices>` is the id of one of them.
BODIES: Mapping[str, dict[str, object]] = {
    # The moment of the example is over.
    "snooze_notification": {"until": None},
    "create_selection": {"devices": ["<devices>"]},
    "change_schedule": {"every_days": 14},
    "create_schedule": {"group_id": "<groups>", "every_days": 7},
    "delete_selection": {"confirm": 1},
    "open_support_request": {"subject": "Help", "text": "As in <support>."},
    "undo_import": {"confirm": 1},
    "add_licence_key": {"key": "<licence_texts>"},
    "add_to_group": {"selection_id": "<selections>"},
    "remove_from_group": {"selection_id": "<selections>"},
    "put_import_mapping": {"mapping": {"serial": "Serial", "manufacturer": "Make"}},
    "start_run": {"scope": "ALL"},
    "put_external_service": {"values": {"client_id": "l7abc", "client_secret": "secret"}},
}
QUERIES = {
    "delete_device": f"?confirm={SERIAL}",
    "upload_transfer": "?source=<managed_customers>",
}
# It would call the vendor: without credentials it says so, past the door.
# Nobody is certified there, it has no partner and no device to move, which it says likewise.
NO_SERVICE = {
    "check_external_service",
    "external_service_test",
    "sign_on",
    "withdraw_partner_certification",
    "end_assigned_partner",
    "move_devices_to_plan",
}
FILES = {
    "import_new",
    "serials_new",
    "transfer_new",
    "upload_import",
    "upload_transfer",
    "operator_courses_upload",
    "operator_feeds_upload",
}


def by_name(route: Route) -> str:
    return f"{route.method}-{route.name}"


FILES |= {
    "register_pending_list",
    "upload_support_file",
    "upload_operator_support_file",
    "upload_resale_feed",
}


@dataclass(frozen=True)
class Side:
    """Two tenants of a kind, with the routes that are there in such tenants."""

    cast: Cast
    routes: list[Route]


CASTS: Mapping[str, Callable[[], Cast]] = {
    TenantKind.CUSTOMER: make_cast,
    TenantKind.PARTNER: make_partners,
    TenantKind.VENDOR: make_vendors,
    MANAGED: make_managed,
}


def member_of(tenant: TenantRow, role: Role | ManagingRole) -> User:
    """Somebody with a role in a tenant, as a user of its own or of its partner."""
    if isinstance(role, ManagingRole):
        return make_manager(tenant, role)
    return make_user(roles={tenant.id: role})


@pytest.fixture(params=list(CASTS), ids=str)
def side(request: pytest.FixtureRequest, db: None) -> Side:
    routes = [route for route in OF_TENANTS if route.kind is request.param]
    return Side(CASTS[request.param](), routes)


def each(routes: list[Route]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("route", routes, ids=by_name)


def test_every_page_has_a_row_and_every_row_a_page() -> None:
    patterns = {(route, pattern.name) for route, pattern in page_patterns().items()}
    assert {(row.route, row.name) for row in table() if not row.is_api} == patterns


def test_every_operation_of_the_api_has_a_row_and_every_row_an_operation() -> None:
    found = {(*where, operation.operation_id) for where, operation in operations().items()}
    assert {(row.method, row.route, row.name) for row in table() if row.is_api} == found


def test_no_row_is_there_twice() -> None:
    assert [where for where, n in Counter(map(str, table())).items() if n > 1] == []


@each([route for route in OF_TENANTS if not route.is_api])
def test_a_page_asks_for_the_capability_of_its_row(route: Route) -> None:
    asked = getattr(page_patterns()[route.route].callback, "capability", None)
    assert asked == Capability(route.capability)


@each([route for route in OF_TENANTS if route.is_api])
def test_an_operation_asks_for_the_capability_of_its_row(route: Route) -> None:
    operation = operations()[route.method, route.route]
    (door,) = operation.auth_callbacks
    assert door.needs == Capability(route.capability)


def client_of(route: Route, user: User | None, tenant: TenantRow) -> Client:
    """Pages know a session, the API a token for the tenant."""
    headers = {"host": "localhost", "accept-language": "en"}
    if user is not None and route.is_api:
        headers["authorization"] = f"Bearer {token_of(tenant, user)}"
    client = Client(headers=headers)
    if user is not None and not route.is_api:
        client.force_login(user)
    return client


def send(
    client: Client,
    route: Route,
    where: str,
    *,
    method: str = "",
    of: Callable[[str], str] = lambda kind: NEVER,
) -> HttpResponse:
    """A request with everything that it needs, so that only a right can be missing.

    `of` knows the objects that a body names.
    """
    given: dict[str, object] = {}
    if route.method != "GET":
        given = {"data": {name: named(value, of) for name, value in filled(route).items()}}
    if route.is_api and route.method != "GET" and route.name not in FILES:
        body = named(json.dumps(body_of(route)), of)
        given = {"data": body, "content_type": "application/json"}
    ask: Callable[..., HttpResponse] = getattr(client, (method or route.method).lower())
    return ask(f"{where}{named(QUERIES.get(route.name, ''), of)}", **given)


def named(value: object, of: Callable[[str], str]) -> object:
    """A text with the objects that it names; anything else as it is."""
    if not isinstance(value, str):
        return value
    return re.sub(r"<(\w+)>", lambda found: of(found[1]), value)


@cache
def described() -> dict[str, Any]:
    return dict(api.get_openapi_schema())


def body_of(route: Route) -> dict[str, object]:
    """Of an operation: what its documentation gives as the example."""
    schema = described()
    request = schema["paths"][documented(route)][route.method.lower()].get("requestBody", {})
    declared = request.get("content", {}).get("application/json", {}).get("schema", {})
    example = schema["components"]["schemas"].get(declared.get("$ref", "").rsplit("/", 1)[-1], {})
    return BODIES.get(route.name) or dict(*example.get("examples", []))


def documented(route: Route) -> str:
    return re.sub(r"<(\w+)>", r"{\1}", route.route)


def filled(route: Route) -> dict[str, object]:
    if route.name in FILES:
        return {"file": SimpleUploadedFile("list.csv", LIST)}
    if route.name == "people_new":
        return {"file": SimpleUploadedFile("users.csv", b"Email\nlist@acme.example\n")}
    return dict(FORMS.get(route.name, {}))


def comparable(answer: HttpResponse, secret: str, public: str) -> str:
    """The body without what differs from request to request; `secret` reads as `public`."""
    text = re.sub(rf"\b\w{{64}}\b|{answer['X-Request-ID']}", "", answer.content.decode())
    return text.replace(secret, public)


def test_anonymous_is_sent_to_sign_in(side: Side) -> None:
    cast = side.cast
    objects, wrong = Objects(cast.acme, cast.admin), {}
    for route in side.routes:
        where = address(route, customer_id=cast.acme.customer_id, values=objects.values(route))
        answer = send(client_of(route, None, cast.acme), route, where)
        to_sign_in = answer.get("Location", "").startswith("/account/login/")
        if answer.status_code != (401 if route.is_api else 302) or to_sign_in is route.is_api:
            wrong[str(route)] = answer.status_code
    assert wrong == {}


def test_v1_a_tenant_out_of_sight_is_like_one_that_never_was(side: Side) -> None:
    cast = side.cast
    objects = Objects(cast.acme, cast.admin)
    wrong: dict[str, object] = {}
    for route in side.routes:
        if not route.is_api:
            wrong |= differences(
                route,
                client_of(route, cast.outsider, cast.other),
                address(route, customer_id=cast.acme.customer_id, values=objects.values(route)),
                address(route, customer_id=NOBODY, values=never_values(route)),
            )
    assert wrong == {}


def test_v1_an_object_out_of_sight_is_like_one_that_never_was(side: Side) -> None:
    cast = side.cast
    objects = Objects(cast.acme, cast.admin)
    wrong: dict[str, object] = {}
    for route in side.routes:
        # Partners are the installation's, and so are its operators.
        if has_object(route) and route.kind is not TenantKind.VENDOR:
            wrong |= differences(
                route,
                client_of(route, cast.outsider, cast.other),
                *(
                    address(route, customer_id=cast.other.customer_id, values=values)
                    for values in (objects.values(route), never_values(route))
                ),
            )
    assert wrong == {}


def differences(route: Route, client: Client, theirs: str, never: str) -> dict[str, object]:
    """What tells an address out of sight from one that never existed: answers, or the time that
    they take, which is that of the statements behind them."""
    answers, asked = [], []
    # The first use of a token is noted.
    send(client, route, never)
    for where in (theirs, never):
        with CaptureQueriesContext(connection) as captured:
            answers.append(send(client, route, where))
        asked.append([shape(one["sql"]) for one in captured.captured_queries])
    statuses = [answer.status_code for answer in answers]
    if statuses != [404, 404]:
        return {str(route): statuses}
    bodies = [comparable(answer, theirs, never) for answer in answers]
    if bodies[0] != bodies[1]:
        return {str(route): bodies}
    only = [[*(Counter(one) - Counter(other))] for one, other in (asked, asked[::-1])]
    return {} if only == [[], []] else {str(route): only}


def shape(statement: str) -> str:
    """A statement without its comments, its values and the numbers of savepoints."""
    said = re.sub(r"--[^\n]*", "", statement)
    return re.sub(r"'[^']*'|\b\d+\b|\bs\d+_x\d+\b", "?", said)


def test_a_member_without_the_right_is_refused(side: Side) -> None:
    cast = side.cast
    objects, wrong = Objects(cast.acme, cast.admin), {}
    members = {role: member_of(cast.acme, role) for role in side.routes[0].roles}
    for route in side.routes:
        if (role := route.strongest_without) is not None:
            where = address(route, customer_id=cast.acme.customer_id, values=objects.values(route))
            answer = send(client_of(route, members[role], cast.acme), route, where)
            if answer.status_code != 403:
                wrong[str(route)] = (role, answer.status_code)
    assert wrong == {}


def test_a_member_with_all_rights_but_that_one_is_refused(side: Side) -> None:
    """Also where every role has the right: no other one may open the door."""
    cast = side.cast
    objects, wrong = Objects(cast.acme, cast.admin), {}
    for route in side.routes:
        where = address(route, customer_id=cast.acme.customer_id, values=objects.values(route))
        client = client_of(route, cast.admin, cast.acme)
        with nobody_may(route.capability):
            answer = send(client, route, where)
        if answer.status_code != 403:
            wrong[str(route)] = answer.status_code
    assert wrong == {}


@each(OF_TENANTS)
def test_a_member_with_the_right_is_let_in(route: Route) -> None:
    kind = TenantKind.CUSTOMER if route.kind == MANAGED else route.kind
    acme = make_tenant("Acme", kind=kind)
    member = member_of(acme, route.weakest_with)
    if "provider" in route.parameters and route.name not in NO_SERVICE:
        connect(acme)
    if "ordered-devices" in route.route:
        open_holding(acme, member)
    objects = Objects(acme, member)
    answer = send(
        client_of(route, member, acme),
        route,
        address(route, customer_id=acme.customer_id, values=objects.values(route)),
        of=objects.of,
    )
    text = text_of(answer)
    let_in = {*range(200, 400), *([409, 422] if route.name in NO_SERVICE else [])}
    assert answer.status_code in let_in, text[:2000]


def test_what_takes_post_only_says_so(cast: Cast) -> None:
    objects = Objects(cast.acme, cast.admin)
    gets = {row.route for row in table() if row.method == "GET"}
    wrong = {}
    for route in table():
        if route.method == "POST" and route.route not in gets:
            where = address(route, customer_id=cast.acme.customer_id, values=objects.values(route))
            answer = client_of(route, cast.admin, cast.acme).get(where)
            if (answer.status_code, answer.get("Allow")) != (405, "POST"):
                wrong[str(route)] = answer.status_code
    assert wrong == {}


@each([route for route in table() if route.capability == SIGNED_IN])
def test_a_page_of_ones_own_needs_a_user(cast: Cast, route: Route) -> None:
    # An invitation is one to a tenant where the reader is not yet.
    where = address(route, customer_id="", values=Objects(cast.other, cast.reader).values(route))
    anonymous = send(client_of(route, None, cast.acme), route, where)
    assert (anonymous.status_code, anonymous["Location"].split("?")[0]) == (302, "/account/login/")
    signed_in = send(client_of(route, cast.reader, cast.acme), route, where)
    assert 200 <= signed_in.status_code < 400


@each([route for route in table() if route.capability == PUBLIC])
def test_a_public_page_needs_nobody(cast: Cast, route: Route) -> None:
    where = address(route, customer_id="", values=Objects(cast.acme, cast.admin).values(route))
    answer = send(client_of(route, None, cast.acme), route, where)
    assert answer.status_code in ({404} if route.name in ONLY_SOMETIMES else {200, 302})
