"""Secrets that were planted are found in no table, log, page, export, API answer or audit entry."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.notifications.models import Delivery
from fleetward.notifications.webhooks.actions import deliver
from fleetward.tenancy.contracts import Role, TenantKind, TenantRow
from fleetward.warranty.actions.services import check_external_service
from tests.bulk import CREDENTIALS, process, set_up
from tests.cast import PASSWORD, actor_of, add_devices, make_tenant, make_user
from tests.db.notifications.receiver import receiving
from tests.db.warranty.conftest import simulator_server, simulators, vendors
from tests.invariants import no_secret_in, no_secret_in_database
from tests.objects import Objects, token_of
from tests.routes import address, table, text_of
from tests.simulators import VENDORS, Simulators

__all__ = ["simulator_server", "simulators", "vendors"]
pytestmark = pytest.mark.django_db

VENDOR_SECRETS = [v for one in CREDENTIALS.values() for v in one.values() if "CANARY" in v]
FIRST_PASSWORD = "first-CANARY-password-71"
SIGNING = re.compile(r"whsec_[\w+/=]+")


def webhook_secrets(program: Client, page: Client, tenant: TenantRow) -> list[str]:
    """Of a webhook that a program adds and a person gives another, used until it is switched off.

    Each as it is told, and the key in it alone.
    """
    with receiving(204, 503, 410) as receiver:
        added: Any = program.post(
            "/api/v1/webhooks",
            {"name": "Tickets", "url": receiver.url},
            content_type="application/json",
            headers={"idempotency-key": "webhook"},
        )
        where = f"/t/{tenant.customer_id}/settings/webhooks/{added.json()['id']}/"
        rotated: Any = page.post(where, {"action": "rotate"}, follow=True)
        for _ in range(3):
            page.post(where, {"action": "try"})
            with tenant_scope([tenant.id]):
                one = Delivery.objects.order_by("-id")[0]
            deliver(tenant=tenant.id, delivery=one.id, turn=one.turn, clock=utc_now)
        assert len(receiver.got) == 3
    secrets = {added.json()["secret"], *SIGNING.findall(rotated.content.decode())}
    assert len(secrets) == 2
    return [told for secret in secrets for told in (secret, secret.removeprefix("whsec_"))]


def test_no_secret_is_found_anywhere(
    vendors: Simulators, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Planted, used with success and with every kind of refusal, and then looked for."""
    tenant = make_tenant("Acme")
    admin = make_user(roles={tenant.id: Role.IT_ADMIN})
    actor, token = actor_of(admin), token_of(tenant, admin)
    secrets = [*VENDOR_SECRETS, token, PASSWORD, FIRST_PASSWORD]
    set_up(tenant.id)
    for maker in ("Dell", "Lenovo", "HP"):
        add_devices(tenant.id, 3, maker)
    page = Client(headers={"host": "localhost"})
    page.post("/account/login/", {"login": admin.email, "password": PASSWORD})
    page.post("/account/login/", {"login": FIRST_PASSWORD, "password": FIRST_PASSWORD})
    users = f"/t/{tenant.customer_id}/settings/users/add/"
    given = {"email": "new@acme.example", "role": "REPORT_ADMIN", "password": FIRST_PASSWORD}
    assert page.post(users, given).status_code == 302
    program = Client(headers={"host": "localhost", "authorization": f"Bearer {token}"})
    secrets += webhook_secrets(program, page, tenant)
    process(actor, tenant.id)
    for vendor in VENDORS:
        vendors.dial(vendor, refuse_credentials=True, expire_token=True)
        check_external_service(actor=actor, tenant=tenant.id, provider=vendor, now=utc_now())
    process(actor, tenant.id)

    objects = Objects(tenant, admin)
    for route in table():
        if route.method == "GET" and route.is_of_tenant and route.kind is TenantKind.CUSTOMER:
            values = objects.values(route)
            where = address(route, customer_id=tenant.customer_id, values=values)
            answer = (program if route.is_api else page).get(where)
            no_secret_in(text_of(answer), secrets, where)
    no_secret_in_database(secrets, [tenant.id])
    no_secret_in(caplog.text, secrets, "the log")
    no_secret_in("".join(capfd.readouterr()), secrets, "the output")


def test_control_a_secret_in_a_table_is_found() -> None:
    tenant = make_tenant("Acme with CANARY-dell in its name")
    with pytest.raises(AssertionError, match="tenancy_tenant holds a secret"):
        no_secret_in_database(VENDOR_SECRETS, [tenant.id])
