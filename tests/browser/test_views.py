"""Saved views in a real browser: filtered by a column, kept, shared, opened by somebody else."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from fleetward.tenancy.contracts import Role
from tests.browser.looks import LOOKS, Eye, Look
from tests.browser.reader import Reader, reader_of
from tests.cast import add_devices, make_tenant, make_user
from tests.plugins.site import Site

pytestmark = pytest.mark.browser
WIDTH = 300


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_a_list_is_kept_as_a_view_and_opened_by_a_colleague(
    live_site: Site, eye: Eye, look: Look
) -> None:
    tenant = make_tenant(f"Acme {look}")
    add_devices(tenant.id, 3, location="Paris")
    add_devices(tenant.id, 2, location="Parthenay")
    add_devices(tenant.id, 4, location="Lyon")
    admin = make_user(f"admin-{look}@acme.example", {tenant.id: Role.IT_ADMIN})
    colleague = make_user(f"colleague-{look}@acme.example", {tenant.id: Role.DEVICE_ADMIN})
    home = f"{live_site.url}/t/{tenant.customer_id}/devices/"
    mine = reader_of(admin, live_site, look, eye)
    page = mine.page

    page.goto(home)
    filter_by(mine, "Location", "has", "par")
    expect(mine.rows).to_have_count(5)
    expect(mine.chip("Location").locator(".fw-chip-count")).to_have_text("5")
    filter_by(mine, "Location", "not", "Parthenay")
    expect(mine.rows).to_have_count(3)
    expect(mine.chip("Location").last.locator(".fw-chip-count")).to_have_text("7")
    columns = put_location_second(mine)
    if mine.is_wide:
        widen(mine, "location")
    mine.look_around("view-columns")

    mine.link("Save view").click()
    mine.field("Name").fill("Offices")
    mine.button("Save view").click()
    expect(mine.link("Offices")).to_have_attribute("aria-current", "page")
    link = page.locator("a[aria-current=page]", has_text="Offices").get_attribute("href")
    theirs = reader_of(colleague, live_site, look, eye)
    theirs.page.goto(f"{live_site.url}{link}")
    expect(theirs.heading).to_have_text(theirs.say("Nothing was found at this address."))
    theirs.page.goto(home)
    expect(theirs.rows).to_have_count(9)
    expect(theirs.link("Offices")).to_have_count(0)

    mine.link("Edit view").click()
    mine.field("Share with all users of this tenant").check()
    mine.field("Shown first to").select_option(str(Role.DEVICE_ADMIN))
    mine.look_around("view-edit")
    mine.button("Save view").click()
    expect(mine.link("Edit view")).to_be_visible()
    for address in (f"{live_site.url}{link}", home):
        theirs.page.goto(address)
        expect(theirs.link("Offices")).to_have_attribute("aria-current", "page")
        expect(theirs.rows).to_have_count(3)
        assert theirs.heads == columns
        expect(theirs.rows.first.get_by_text("Paris", exact=True)).to_be_visible()
        if theirs.is_wide:
            assert width_of(theirs, "location") == WIDTH
    if theirs.is_wide:
        widen(theirs, "location", WIDTH + 60)
        assert width_of(mine, "location") == WIDTH
    theirs.look_around("view-of-a-colleague")
    expect(theirs.link("Edit view")).to_have_count(0)
    theirs.link("All devices").click()
    expect(theirs.rows).to_have_count(9)
    assert theirs.heads != columns
    problems = mine.problems + theirs.problems
    assert not problems, "\n".join(problems)


def filter_by(reader: Reader, column: str, comparison: str, value: str) -> None:
    """Add a condition on a column."""
    menu = reader.menu("More filters")
    menu.locator("summary").click()
    menu.get_by_role("link", name=reader.say(column), exact=True).click()
    reader.field("Comparison").select_option(comparison)
    reader.field("Any of these values, each on a line of its own").fill(value)
    reader.button("Add filter").click()


def put_location_second(reader: Reader) -> list[str]:
    """Show the place of a device beside its name; all the columns then shown."""
    menu = reader.menu("Columns")
    menu.locator("summary").click()
    row = menu.locator("li", has=reader.page.locator("input[value=location]"))
    row.locator("input").check()
    up = row.get_by_role("button")
    while row.evaluate("row => [...row.parentElement.children].indexOf(row)") > 1:
        up.click()
    expect(up).to_be_focused()
    reader.look_around("view-column-chooser")
    menu.get_by_role("button", name=reader.say("Apply")).click()
    expect(reader.page.locator("col[data-key]").nth(1)).to_have_attribute("data-key", "location")
    return reader.heads


def widen(reader: Reader, column: str, width: int = WIDTH) -> None:
    """Drag the edge of a column's head until it is as wide as it shall be."""
    page = reader.page
    head = page.locator("thead th:not(.is-pick)").nth(reader.heads.index(column))
    box = head.bounding_box()
    assert box is not None
    right, middle = box["x"] + box["width"] - 3, box["y"] + box["height"] / 2
    page.mouse.move(right, middle)
    page.mouse.down()
    page.mouse.move(right + width - round(box["width"]), middle, steps=4)
    with page.expect_response("**/devices/columns/"):
        page.mouse.up()
    page.reload()
    assert width_of(reader, column) == width


def width_of(reader: Reader, column: str) -> int:
    return int(reader.page.locator(f"col[data-key={column}]").get_attribute("width") or 0)
