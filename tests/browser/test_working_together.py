"""What operator, partner, customer and machine do for one another (T2, T6, E7), in a browser."""

from __future__ import annotations

import secrets

import httpx
import pytest
from playwright.sync_api import expect

from fleetward.identity.models import User
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.actions import accept_invitation
from fleetward.tenancy.contracts import Role, TenantKind, TenantRow
from fleetward.tenancy.models import Tenant
from tests.browser.looks import LOOKS, Eye, Look
from tests.browser.reader import Reader, reader_of
from tests.browser.test_partners import create_customer
from tests.cast import actor_of, make_tenant, make_user, make_vendor
from tests.plugins.site import Site

pytestmark = pytest.mark.browser
COURSE = "0001114751"
# One in each language.
TWO = pytest.mark.parametrize("look", [LOOKS[0], LOOKS[2]], ids=str)


@pytest.fixture(scope="module")
def office(live_site: Site) -> tuple[TenantRow, User]:
    """The operator's tenant, and an operator."""
    return make_vendor()


def certify(operator: Reader, site: Site, vendor: str, partner: str, email: str) -> None:
    """By hand, on the page of the partner."""
    page = operator.page
    page.goto(f"{site.url}/t/{vendor}/operator/partners/{partner}/")
    person = page.locator("[name=person] option", has_text=email).get_attribute("value")
    page.locator("[name=person]").select_option(person)
    page.locator("[name=course]").select_option(COURSE)
    page.locator("[name=completed_on]").fill("2026-01-10")
    operator.button("Record the course").click()
    expect(page.locator("main table .fw-badge.is-good")).to_have_count(1)
    operator.look_around("operator-certified")


@TWO
def test_t6_t7_certifying_opens_unassigned_devices_and_customers_accept(
    live_site: Site, eye: Eye, look: Look, office: tuple[TenantRow, User]
) -> None:
    vendor, boss = office
    tenant = make_tenant(f"Resale {look}", kind=TenantKind.PARTNER)
    seller = make_user(f"sales-{look}@resale.example", {tenant.id: Role.PARTNER_ADMIN})
    iris = make_user(f"iris-{look}@globex.example", {make_tenant().id: Role.REPORT_ADMIN})
    partner, operator = (reader_of(one, live_site, look, eye) for one in (seller, boss))
    customers = f"{live_site.url}/t/{tenant.customer_id}/customers/"
    unassigned = partner.page.locator(".fw-nav a[href$='/unassigned/']")
    partner.page.goto(customers)
    expect(unassigned).to_have_count(0)
    certify(operator, live_site, vendor.customer_id, tenant.customer_id, seller.email)
    partner.page.goto(customers)
    expect(unassigned).to_have_count(1)

    link = create_customer(partner, f"Globex {look}", iris.email)
    globex = Tenant.objects.get(name=f"Globex {look}")
    accept_invitation(actor=actor_of(iris), token=link.rstrip("/").rsplit("/", 1)[1], now=utc_now())
    admin = reader_of(iris, live_site, look, eye)
    admin.page.goto(f"{live_site.url}/t/{globex.customer_id}/settings/partner/")
    admin.button("Accept").click()
    expect(admin.toast(admin.say("The partner was accepted."))).to_be_visible()
    partner.page.goto(customers)
    expect(partner.page.get_by_role("link", name=globex.name)).to_be_visible()
    problems = partner.problems + operator.problems + admin.problems
    assert not problems, "\n".join(problems)


@TWO
def test_e7_a_machine_enrols_by_the_pin_of_the_page(live_site: Site, eye: Eye, look: Look) -> None:
    tenant = make_tenant(f"Acme {look}")
    boss = make_user(f"boss-{look}@acme.example", {tenant.id: Role.IT_ADMIN})
    admin, place = reader_of(boss, live_site, look, eye), f"{live_site.url}/t/{tenant.customer_id}"
    admin.page.goto(f"{place}/settings/preferences/")
    admin.button("Make cPIN").click()
    pin = admin.page.locator("main .fw-banner [data-copy]").get_attribute("data-copy")
    admin.look_around("pin-made")
    machine = {"pin": pin, "manufacturer": "Dell", "serial": f"SN{look.size}1".upper()}
    answer = httpx.post(
        f"{live_site.url}/api/agent/v1/enrolments",
        json=machine,
        headers={"Idempotency-Key": secrets.token_urlsafe(24)},
    )
    assert answer.status_code == 201, answer.text
    admin.page.goto(f"{place}/devices/?view=all")
    expect(admin.rows).to_have_count(1)
    expect(admin.rows).to_contain_text(machine["serial"])
    assert not admin.problems, "\n".join(admin.problems)
