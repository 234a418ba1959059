"""The bell and the Notification Center learn of what is new without reload; keys reach all (L5)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from fleetward.identity.models import User
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import Kind
from fleetward.tenancy.contracts import Role, TenantRow
from tests.browser.signing_in import sign_in
from tests.cast import make_tenant, make_user
from tests.plugins.site import Site

pytestmark = pytest.mark.browser
LONGER_THAN_IT_WAITS = 31_000


def tell(tenant: TenantRow, user: User, name: str) -> None:
    with tenant_scope([tenant.id]):
        post(
            tenant=tenant.id,
            users=[user.id],
            kind=Kind.IMPORT_REFUSED,
            key=name,
            params={"file": name},
            now=utc_now(),
        )


def test_l5_what_is_new_shows_without_reload_and_is_put_aside_by_keys(
    quick_site: Site, page: Page
) -> None:
    tenant = make_tenant("Acme")
    user = make_user("bell@acme.example", {tenant.id: Role.IT_ADMIN})
    tell(tenant, user, "first.csv")
    sign_in(page, quick_site, user.email)
    page.clock.install()
    page.goto(f"{quick_site.url}/t/{tenant.customer_id}/notifications/")
    mark, notes = page.locator(".fw-bell-mark"), page.locator("#notes .fw-note")
    expect(mark).to_have_text("1")
    tell(tenant, user, "second.csv")
    page.clock.fast_forward(LONGER_THAN_IT_WAITS)
    expect(mark).to_have_text("2")
    expect(notes).to_have_count(2)

    page.keyboard.press("j")
    expect(notes.first).to_be_focused()
    page.keyboard.press("r")
    expect(mark).to_have_text("1")
    for key in ("j", "z", "Enter"):
        page.keyboard.press(key)
    expect(notes).to_have_count(1)
    expect(page.locator("#notes")).to_contain_text("first.csv")
