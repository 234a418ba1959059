"""A schedule in a real browser (W7): made of a shared view, seen in the list, changed, deleted."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from fleetward.devices.actions import save_view
from fleetward.devices.contracts import ViewInput
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.contracts import Role, TenantRow
from tests.browser.looks import LOOKS, Eye, Look
from tests.browser.reader import Reader, reader_of
from tests.cast import actor_of, add_devices, make_tenant, make_user
from tests.plugins.site import Site

pytestmark = pytest.mark.browser
VIEW = "Paris"


def reader_with_a_shared_view(site: Site, eye: Eye, look: Look) -> tuple[Reader, TenantRow]:
    tenant = make_tenant(f"Acme {look}")
    add_devices(tenant.id, 3, location="Paris")
    add_devices(tenant.id, 2, location="Lyon")
    user = make_user(f"devices-{look}@acme.example", {tenant.id: Role.DEVICE_ADMIN})
    view = ViewInput(VIEW, query="where=location:is:Paris", is_shared=True)
    save_view(actor=actor_of(user), tenant=tenant.id, view=view, now=utc_now())
    return reader_of(user, site, look, eye), tenant


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_w7_a_shared_view_is_refreshed_again_and_again(
    live_site: Site, eye: Eye, look: Look
) -> None:
    reader, tenant = reader_with_a_shared_view(live_site, eye, look)
    page, say = reader.page, reader.say
    row = page.locator("tbody tr", has_text=VIEW)
    page.goto(f"{live_site.url}/t/{tenant.customer_id}/warranty/runs/")
    reader.link("Schedules").click()
    expect(page.get_by_text(say("No schedule yet"))).to_be_visible()
    reader.look_around("schedules-none")

    reader.link("New schedule").click()
    expect(reader.field("View or group")).to_have_value("")
    reader.field("View or group").select_option(label=VIEW)
    reader.field("How often").select_option("30")
    reader.look_around("schedule-new")
    reader.button("Make schedule").click()
    expect(reader.toast(say("The schedule is made."))).to_be_visible()
    expect(row).to_contain_text(say("Every 30 days"))
    expect(row).to_contain_text(say("Waits for its night"))
    reader.look_around("schedules")

    row.get_by_role("link", name=say("Edit"), exact=True).click()
    reader.field("Next night").fill("2020-01-01")
    reader.button("Save").click()
    expect(page.get_by_text(say("That day is over.")).first).to_be_visible()
    reader.look_around("schedule-refused")
    reader.field("How often").select_option("7")
    reader.field("Next night").fill("2099-12-31")
    reader.button("Save").click()
    expect(row).to_contain_text(say("Every week"))
    expect(row).to_contain_text("2099")
    row.get_by_role("link", name=VIEW).click()
    expect(reader.rows).to_have_count(3)

    page.go_back()
    row.get_by_role("link", name=say("Edit"), exact=True).click()
    reader.button("Delete schedule").click()
    dialog = page.get_by_role("dialog")
    reader.look_around("schedule-delete")
    dialog.get_by_role("button", name=say("Delete schedule")).click()
    expect(page.get_by_text(say("No schedule yet"))).to_be_visible()
    assert not reader.problems, "\n".join(reader.problems)
