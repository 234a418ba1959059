"""A passkey in a real browser, whose device is Chromium's virtual one; and a code of an app."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from fleetward.identity.models import AuthenticatorApp, User
from fleetward.identity.second_factor.rules import code_of_step, step_at
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.contracts import Role
from tests.browser.looks import LOOKS, Eye, Look
from tests.cast import PASSWORD, make_tenant, make_user
from tests.plugins.site import Site

pytestmark = pytest.mark.browser


def named(site: Site) -> str:
    """Browsers make passkeys for names only."""
    return site.url.replace("127.0.0.1", "localhost")


def with_device(page: Page) -> None:
    """Plug a key in that always finds its user."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def give_password(page: Page, url: str, user: User) -> None:
    page.goto(f"{url}/account/login/?next=/profile/")
    page.locator("[name=login]").fill(user.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")


def sign_out(page: Page, url: str) -> None:
    page.goto(f"{url}/account/logout/")
    page.locator("main form button").first.click()
    page.wait_for_url("**/account/login/**")


def test_a_passkey_is_made_and_opens_the_door(quick_site: Site, eye: Eye) -> None:
    look = LOOKS[0]
    user = make_user("keys@acme.example", {make_tenant("Acme Keys").id: Role.IT_ADMIN})
    url, page = named(quick_site), eye.page(look, quick_site)
    with_device(page)
    give_password(page, url, user)
    page.wait_for_url("**/profile/")
    page.goto(f"{url}/account/security/")
    page.locator("#passkey-name").fill("Laptop")
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url("**/recovery-codes/")
    problems = eye.problems(page, look, "recovery_codes")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert len(download.value.path().read_text().split()) == 2 + 10
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("Laptop").first).to_be_visible()
    problems += eye.problems(page, look, "security_keys")

    sign_out(page, url)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/t/**")

    sign_out(page, url)
    give_password(page, url, user)
    page.wait_for_url("**/account/code/")
    problems += eye.problems(page, look, "second_proof")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/profile/")
    assert not problems, "\n".join(problems)


def test_an_app_is_set_up_and_asked_for(quick_site: Site, eye: Eye) -> None:
    look: Look = LOOKS[0]
    user = make_user("app@acme.example", {make_tenant("Acme App").id: Role.IT_ADMIN})
    page = eye.page(look, quick_site)
    give_password(page, quick_site.url, user)
    page.wait_for_url("**/profile/")
    page.goto(f"{quick_site.url}/account/security/app/")
    secret = page.locator("[data-copy]").first.get_attribute("data-copy") or ""
    page.locator("[name=code]").fill(code_of_step(secret, step_at(utc_now())))
    page.locator("[name=code]").press("Enter")
    page.wait_for_url("**/recovery-codes/")
    page.goto(f"{quick_site.url}/account/security/")
    assert not eye.problems(page, look, "security_app")
    sign_out(page, quick_site.url)
    give_password(page, quick_site.url, user)
    page.wait_for_url("**/account/code/")
    # As if the last code had been used long ago.
    AuthenticatorApp.objects.filter(user=user).update(latest_step=0)
    page.locator("[name=code]").fill(code_of_step(secret, step_at(utc_now())))
    page.locator("[name=code]").press("Enter")
    page.wait_for_url("**/profile/")
