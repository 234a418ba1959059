"""Groups in a real browser: made of a selection or of a filter, filtered by, and kept (E13)."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from fleetward.tenancy.contracts import Role
from tests.browser.looks import LOOKS, Eye, Look
from tests.browser.reader import Reader, reader_of
from tests.cast import add_devices, make_tenant, make_user
from tests.plugins.site import Site

pytestmark = pytest.mark.browser


def do(reader: Reader, action: str) -> None:
    """A button of the bar that shows while something is selected."""
    bar = reader.page.get_by_role("region", name=reader.say("Selected rows"))
    bar.get_by_role("button", name=reader.say(action), exact=True).click()


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_a_group_of_selected_devices_is_filtered_by_and_changed(
    live_site: Site, eye: Eye, look: Look
) -> None:
    tenant = make_tenant(f"Static {look}")
    add_devices(tenant.id, 5, location="Paris")
    user = make_user(f"static-{look}@acme.example", {tenant.id: Role.DEVICE_ADMIN})
    home = f"{live_site.url}/t/{tenant.customer_id}"
    reader = reader_of(user, live_site, look, eye)
    page = reader.page

    page.goto(f"{home}/devices/")
    for box in page.locator("tbody .fw-pick").all()[:3]:
        box.check()
    do(reader, "Add to group")
    reader.look_around("group-of-selection")
    reader.button("Add to group").click()
    expect(page.locator("[aria-invalid=true]")).to_be_focused()
    reader.field("Or a new group").fill("Lobby")
    reader.button("Add to group").click()
    added = ("%(n)s device added to %(group)s", "%(n)s devices added to %(group)s")
    expect(reader.toast(reader.say_many(*added, 3, n=3, group="Lobby"))).to_be_visible()

    menu = reader.menu("Group")
    menu.locator("summary").click()
    menu.get_by_label("Lobby").check()
    reader.look_around("group-menu")
    menu.get_by_role("button", name=reader.say("Apply")).click()
    expect(reader.rows).to_have_count(3)
    expect(reader.chip("Group").locator(".fw-chip-count")).to_have_text("3")
    page.locator("tbody .fw-pick").first.check()
    reader.look_around("group-list")
    do(reader, "Remove from group")
    removed = ("%(n)s device removed from %(group)s", "%(n)s devices removed from %(group)s")
    expect(reader.toast(reader.say_many(*removed, 1, n=1, group="Lobby"))).to_be_visible()
    expect(reader.rows).to_have_count(2)
    add_devices(tenant.id, 1, location="Paris")
    page.goto(f"{home}/groups/")
    expect(reader.rows).to_contain_text([reader.say("Static")])
    reader.look_around("groups")
    reader.rows.get_by_role("link", name="Lobby").click()
    expect(reader.rows).to_have_count(2)
    assert not reader.problems, "\n".join(reader.problems)


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_a_group_of_a_filter_has_what_comes_later(live_site: Site, eye: Eye, look: Look) -> None:
    """Two conditions on days of one column narrow it, and are kept with it."""
    tenant = make_tenant(f"Dynamic {look}")
    for day in ("2020-06-01", "2021-06-01", "2022-06-01"):
        add_devices(tenant.id, 1, purchased_on=day)
    user = make_user(f"dynamic-{look}@acme.example", {tenant.id: Role.DEVICE_ADMIN})
    home = f"{live_site.url}/t/{tenant.customer_id}"
    reader = reader_of(user, live_site, look, eye)
    page = reader.page

    page.goto(f"{home}/groups/")
    reader.link("New group").first.click()
    reader.look_around("group-new")
    page.goto(f"{home}/devices/?for_group=new")
    reader.look_around("group-asks-for-filter")
    for number, day in enumerate(("2022-01-01", "2021-01-01"), start=1):
        page.goto(f"{page.url}&adding=purchased_on")
        reader.field("Comparison").select_option("before")
        reader.field("Day").fill(day)
        reader.button("Add filter").click()
        expect(reader.chip("Purchased on")).to_have_count(number)
    expect(reader.rows).to_have_count(1)
    reader.look_around("group-filtered")
    reader.link("Save as dynamic group").click()
    reader.field("Name").fill("Old ones")
    reader.button("Create group").click()
    expect(reader.rows).to_have_count(1)
    add_devices(tenant.id, 2, purchased_on="2019-06-01")
    page.goto(f"{home}/groups/")
    expect(reader.rows).to_contain_text([reader.say("Dynamic")])
    reader.look_around("groups-dynamic")
    reader.rows.get_by_role("link", name="Old ones").click()
    expect(reader.rows).to_have_count(3)
    reader.rows.first.get_by_role("link").first.click()
    expect(page.locator("main")).to_contain_text("Old ones")
    assert not reader.problems, "\n".join(reader.problems)
