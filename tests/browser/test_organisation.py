"""Signing in by a tenant's own identity provider, in a real browser at a real provider."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from fleetward.tenancy.contracts import Role
from tests.browser.looks import LOOKS, Eye
from tests.browser.signing_in import sign_in
from tests.cast import make_tenant, make_user
from tests.oidc.running import CLIENT, SECRET, RealProvider, running_provider
from tests.plugins.site import Site

pytestmark = pytest.mark.browser
STRANGERS = re.compile(r"//fonts\.|/favicon\.ico$")


def at_provider(page: Page, provider: RealProvider, who: str) -> None:
    """Its own pages: a name, any password, and to agree the first time."""
    page.wait_for_url(f"{provider.issuer}/**")
    page.locator("[name=login]").fill(who)
    page.locator("[name=password]").fill("any")
    page.locator("button[type=submit]").click()


def test_a_tenant_lets_in_by_its_own_provider(quick_site: Site, eye: Eye) -> None:
    look, url = LOOKS[0], quick_site.url
    tenant = make_tenant("Acme Login")
    admin = make_user("login@acme.example", {tenant.id: Role.IT_ADMIN})
    page = eye.page(look, quick_site)
    # Its pages ask strangers for their looks.
    page.route(STRANGERS, lambda route: route.fulfill(status=200, body=""))
    with running_provider(f"{url}/account/organisation/callback/") as provider:
        sign_in(page, quick_site, admin.email)
        page.goto(f"{url}/t/{tenant.customer_id}/settings/sign-in/")
        problems = eye.problems(page, look, "sign_on_new")
        page.locator("[name=issuer]").fill(provider.issuer)
        page.locator("[name=client_id]").fill(CLIENT)
        page.locator("[name=secret]").fill(SECRET)
        page.get_by_role("button", name="Save").click()
        page.get_by_role("button", name="Enable").click()
        expect(page.get_by_text("Enabled").first).to_be_visible()
        problems += eye.problems(page, look, "sign_on")

        page.goto(f"{url}/account/security/")
        page.get_by_role("link", name="Link").click()
        at_provider(page, provider, "root")
        page.locator("button[type=submit]").click()
        page.wait_for_url("**/account/security/")
        expect(page.get_by_role("button", name="End the link")).to_be_visible()
        problems += eye.problems(page, look, "security_linked")

        page.goto(f"{url}/account/logout/")
        page.locator("main form button").first.click()
        page.get_by_role("link", name="Sign in with your organisation").click()
        page.locator("[name=customer_id]").fill(tenant.customer_id)
        problems += eye.problems(page, look, "organisation")
        page.get_by_role("button", name="Next").click()
        problems += eye.problems(page, look, "organisation_found")
        page.get_by_role("link", name="Continue to 127.0.0.1").click()
        page.wait_for_url("**/t/**")
    assert not problems, "\n".join(problems)
