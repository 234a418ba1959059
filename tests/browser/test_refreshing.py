"""Refreshing only some devices in a real browser (W7): by the menu and its keys, then the run."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from fleetward.devices.actions import make_group
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.contracts import Role
from fleetward.warranty.models import Coverage
from tests.browser.looks import LOOKS, Eye, Look
from tests.browser.reader import reader_of
from tests.cast import actor_of, add_devices, make_tenant, make_user
from tests.db.warranty.scheduling import join
from tests.plugins.site import Site

pytestmark = pytest.mark.browser
MENU = "Refresh only some devices"


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_w7_expired_devices_and_those_of_a_group_are_refreshed(
    live_site: Site, eye: Eye, look: Look
) -> None:
    tenant = make_tenant(f"Acme {look}")
    devices = add_devices(tenant.id, 5)
    with tenant_scope([tenant.id]):
        known = Coverage.objects.filter(device_id__in=devices[:3])
        known.update(reason="", ends_on="2020-01-01")
    user = make_user(f"refresh-{look}@acme.example", {tenant.id: Role.DEVICE_ADMIN})
    uid = make_group(actor=actor_of(user), tenant=tenant.id, name="Lyon", now=utc_now())
    join(tenant.id, uid, devices[:2])
    reader = reader_of(user, live_site, look, eye)
    page, say = reader.page, reader.say
    home = f"{live_site.url}/t/{tenant.customer_id}"

    page.goto(f"{home}/")
    menu = reader.menu(MENU)
    menu.locator("summary").press("Enter")
    expired = menu.get_by_role("button", name=say("Expired only"))
    expect(expired).to_contain_text("3")
    reader.look_around("refresh-tile")
    for key in ("ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    expect(expired).to_be_focused()
    page.keyboard.press("Enter")
    expect(reader.heading).to_contain_text("3")
    reader.look_around("refresh-expired")
    reader.button("Refresh warranty").click()
    page.wait_for_url("**/warranty/runs/*-*/")

    page.goto(f"{home}/warranty/runs/")
    menu.locator("summary").click()
    reader.look_around("refresh-menu")
    menu.get_by_role("link", name=say("A view…")).click()
    expect(page.get_by_text(say("No view yet"))).to_be_visible()
    reader.look_around("refresh-no-view")
    page.go_back()
    menu.locator("summary").click()
    menu.get_by_role("link", name=say("A group…")).click()
    reader.field("Which devices").select_option(label="Lyon")
    reader.look_around("refresh-group")
    reader.button("Continue").click()
    expect(reader.heading).to_contain_text("2")
    reader.button("Refresh warranty").click()
    page.wait_for_url("**/warranty/runs/*-*/")
    assert not reader.problems, "\n".join(reader.problems)
