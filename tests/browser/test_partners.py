"""A partner and its customer in a real browser (T2, T3, T5), each as they see it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from fleetward.kernel.clock import utc_now
from fleetward.tenancy.actions import accept_invitation
from fleetward.tenancy.contracts import Role, TenantKind
from fleetward.tenancy.models import Tenant
from tests.browser.looks import LOOKS, Eye, Look
from tests.browser.reader import Reader, reader_of
from tests.cast import actor_of, add_devices, make_tenant, make_user
from tests.plugins.site import Site

pytestmark = pytest.mark.browser


def create_customer(partner: Reader, name: str, email: str) -> str:
    """In two steps; the link to pass on, because its admin has an account already."""
    partner.link("New customer").click()
    partner.field("Company name").fill(name)
    partner.field("City").fill("Lyon")
    partner.look_around("customer-company")
    partner.button("Continue").click()
    partner.field("First name").fill("Iris")
    partner.field("Last name").fill("Martin")
    partner.field("Email address").fill(email)
    partner.look_around("customer-admin")
    partner.button("Create customer").click()
    expect(partner.page.get_by_text(partner.say("Pending invitation"))).to_be_visible()
    partner.look_around("customers-pending")
    return partner.page.locator("main .fw-banner [data-copy]").get_attribute("data-copy") or ""


# The looks in which `test_from_feed_to_customer` does not see these pages.
@pytest.mark.parametrize("look", LOOKS[::2], ids=str)
def test_t2_t3_a_partner_makes_a_customer_which_accepts_and_ends_it(
    live_site: Site, eye: Eye, look: Look
) -> None:
    name = f"Umbrella {look}"
    tenant = make_tenant(f"Initech {look}", kind=TenantKind.PARTNER)
    seller = make_user(f"seller-{look}@initech.example", {tenant.id: Role.PARTNER_ADMIN})
    iris = make_user(f"iris-{look}@umbrella.example", {make_tenant().id: Role.REPORT_ADMIN})
    partner = reader_of(seller, live_site, look, eye)
    partner.page.goto(f"{live_site.url}/t/{tenant.customer_id}/customers/")
    expect(partner.page.get_by_text(partner.say("No customer yet"))).to_be_visible()
    partner.look_around("customers-none")
    link = create_customer(partner, name, iris.email)
    customer_row = partner.page.locator("tbody tr", has_text=name)
    expect(customer_row.get_by_role("link")).to_have_count(0)

    umbrella = Tenant.objects.get(name=name)
    add_devices(umbrella.id, 3)
    accept_invitation(actor=actor_of(iris), token=link.rstrip("/").rsplit("/", 1)[1], now=utc_now())
    admin = reader_of(iris, live_site, look, eye)
    admin.page.goto(f"{live_site.url}/t/{umbrella.customer_id}/settings/partner/")
    admin.look_around("partner-asks")
    admin.button("Accept").click()
    expect(admin.toast(admin.say("The partner was accepted."))).to_be_visible()
    admin.look_around("partner-accepted")

    partner.page.reload()
    customer_row.get_by_role("link", name=name).click()
    expect(partner.page.locator(".fw-acting")).to_contain_text(name)
    partner.look_around("acting")
    partner.page.locator(".fw-acting a").click()
    expect(partner.page.locator(".fw-acting")).to_have_count(0)
    partner.look_around("all-customers")
    partner.page.goto(f"{live_site.url}/t/{tenant.customer_id}/devices/")
    expect(partner.rows).to_have_count(3)
    partner.look_around("all-customers-devices")

    admin.button("End the relation").click()
    admin.look_around("partner-end")
    dialog = admin.page.get_by_role("dialog")
    dialog.get_by_role("button", name=admin.say("End the relation")).click()
    expect(admin.page.get_by_text(admin.say("No partner"), exact=True)).to_be_visible()
    partner.page.reload()
    expect(partner.rows).to_have_count(0)
    partner.page.goto(f"{live_site.url}/t/{umbrella.customer_id}/devices/")
    expect(partner.page.get_by_text("not_found")).to_be_visible()
    assert not partner.problems + admin.problems, "\n".join(partner.problems + admin.problems)
