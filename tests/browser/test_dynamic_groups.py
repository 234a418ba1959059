"""A dynamic group in a real browser (E13): saved from the list, changed there, opened again."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import LOOKS, Eye, Look
from tests.browser.reader import reader_of
from tests.browser.signing_in import sign_in
from tests.cast import Cast, add_devices, make_cast
from tests.plugins.site import Site

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def cast(live_site: Site) -> Cast:
    made = make_cast()
    add_devices(made.acme.id, 2, location="Paris")
    add_devices(made.acme.id, 3, manufacturer="HP", location="Lyon")
    return made


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_l7_a_filter_becomes_a_group_and_is_changed_in_the_list(
    live_site: Site, cast: Cast, eye: Eye, look: Look
) -> None:
    name = f"Office {look}"
    reader = reader_of(cast.device_admin, live_site, look, eye)
    page = reader.page
    row = page.locator("tr", has_text=name)
    home = f"{live_site.url}/t/{cast.acme.customer_id}"
    page.goto(f"{home}/devices/?where=location:is:Paris")
    reader.link("Save as dynamic group").click()
    reader.look_around("dynamic-group-new")
    reader.field("Name").fill(name)
    reader.button("Create group").click()
    expect(reader.rows).to_have_count(2)
    page.goto(f"{home}/groups/")
    row.get_by_role("link", name=reader.say("Edit"), exact=True).click()
    reader.look_around("dynamic-group-edit")
    reader.link("Change the filter in the list").click()
    page.goto(page.url.replace("Paris", "Lyon"))
    reader.look_around("dynamic-group-filter")
    reader.button("Keep as filter of “%(name)s”", name=name).click()
    expect(reader.rows).to_have_count(3)
    page.goto(f"{home}/groups/")
    row.get_by_role("link", name=reader.say("Edit"), exact=True).click()
    reader.link("Open in list").click()
    expect(reader.rows).to_have_count(3)
    assert not reader.problems, "\n".join(reader.problems)


def test_what_was_touched_last_under_ends_holds(page: Page, live_site: Site, cast: Cast) -> None:
    """From and To or a stretch of days: the address has one of them, and so has the group."""
    sign_in(page, live_site, cast.device_admin.email)
    home = f"{live_site.url}/t/{cast.acme.customer_id}/devices/"
    menu = page.locator("[data-either]")
    ends = page.locator("details", has=menu).locator("summary")
    page.goto(f"{home}?ends_from=2026-11-22&ends_to=2026-12-22")
    ends.click()
    menu.locator("[value='60']").check()
    page.wait_for_url(f"{home}?ends=60")
    ends.click()
    menu.locator("[name=ends_from]").fill("2027-01-01")
    expect(menu.locator("[type=radio][value='']")).to_be_checked()
    menu.locator("[name=ends_to]").fill("2027-03-31")
    menu.get_by_role("button").click()
    page.wait_for_url(f"{home}?ends_from=2027-01-01&ends_to=2027-03-31")
