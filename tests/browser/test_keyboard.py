"""A day without a mouse: found, looked at, selected, edited, taken back; the focus always seen."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.keys import DEVICES, NO_RINGS, UNSEEN, WIDE, desk
from tests.browser.looks import Eye, Look
from tests.plugins.site import Site

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("look", WIDE, ids=str)
def test_a_device_is_found_and_looked_at_by_keys(live_site: Site, eye: Eye, look: Look) -> None:
    at = desk(live_site, eye, look, "Keys")
    reader, keys, page = at.reader, at.keys, at.reader.page

    # To the list by the command bar.
    keys.press("Control+k")
    keys.look()
    keys.type(reader.say("Devices").lower())
    expect(page.locator("#finds a").first).to_be_visible()
    reader.look_around("keys-command-bar")
    keys.press("ArrowDown")
    keys.look()
    keys.press("ArrowUp", "Escape")
    expect(page.locator("#find")).to_be_hidden()
    at.go_to_list()
    names = at.names()

    # A device beside the list, by a link that can be sent.
    keys.press("j", "j", "p")
    expect(page.locator("#drawer h2")).to_have_text(names[1])
    expect(page.locator("#drawer h2")).to_be_focused()
    reader.look_around("keys-drawer")
    link = page.url
    keys.press("Escape")
    expect(page.locator("#drawer h2")).to_have_count(0)
    assert reader.focused() == names[1]
    keys.look()
    page.goto(link)
    expect(page.locator("#drawer h2")).to_have_text(names[1])
    keys.press("Escape")
    assert reader.focused() == names[1]

    # Its page, and back to it as one of those looked at lately.
    keys.press("Enter")
    expect(reader.heading).to_contain_text(names[1])
    at.go_to_list()
    keys.press("Control+k")
    expect(page.locator("#finds a").first).to_contain_text(names[1])
    keys.press("Enter")
    expect(reader.heading).to_contain_text(names[1])
    problems = reader.problems + keys.unseen
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("look", WIDE, ids=str)
def test_devices_are_selected_edited_and_brought_back_by_keys(
    live_site: Site, eye: Eye, look: Look
) -> None:
    at = desk(live_site, eye, look, "Edit")
    reader, keys, page = at.reader, at.keys, at.reader.page
    at.go_to_list()
    keys.press("j", "x", "j", "x")
    expect(page.locator("[data-picked]")).to_have_text("2")
    keys.press("s")
    keys.look()
    bar = page.get_by_role("region", name=reader.say("Selected rows"))
    keys.tab_to(bar.get_by_role("button", name=reader.say("Edit"), exact=True))
    keys.press("Enter")
    expect(reader.heading).to_have_text(reader.say("Edit devices"))
    keys.press("Tab", "Enter")
    keys.tab_to(reader.field("Location"))
    keys.type("Metz")
    keys.press("Enter")
    edited = reader.say_many("%(n)s device edited", "%(n)s devices edited", 2, n=2)
    expect(reader.toast(edited)).to_be_visible()
    assert at.places() == ["Metz", "Metz", "Paris", "Paris"]
    keys.press("u")
    assert reader.focused() == reader.say("Undo")
    keys.look()
    keys.press("Enter")
    expect(page.locator(".fw-toast form")).to_have_count(0)
    assert at.places() == ["Paris"] * DEVICES
    problems = reader.problems + keys.unseen
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("look", WIDE, ids=str)
def test_the_focus_is_seen_and_goes_in_order(live_site: Site, eye: Eye, look: Look) -> None:
    """Through everything on the list, from the top; and on from a row to what can be done."""
    at = desk(live_site, eye, look, "Order")
    keys, page = at.keys, at.reader.page
    page.goto(f"{at.home}devices/?where=location:is:Paris&where=name:filled")
    assert at.regions() == ["fw-skip", "fw-side", "fw-topbar", "content"]
    keys.press("j", "x")
    assert at.regions() == ["content"]
    problems = keys.unseen
    assert not problems, "\n".join(problems)
    # The control: without rings it is told of each.
    page.evaluate(NO_RINGS)
    keys.press("Tab", "Tab")
    assert page.evaluate(UNSEEN) == "without a ring"


@pytest.mark.parametrize("look", WIDE, ids=str)
def test_what_was_opened_gives_the_keys_back(live_site: Site, eye: Eye, look: Look) -> None:
    at = desk(live_site, eye, look, "Back")
    reader, keys, page = at.reader, at.keys, at.reader.page
    page.goto(f"{at.home}devices/")
    keys.press("j")
    row = reader.focused()
    for opens, dialog in (("?", "#shortcuts"), ("Control+k", "#find")):
        keys.press(opens)
        expect(page.locator(dialog)).to_be_visible()
        keys.look()
        reader.look_around(f"keys-{dialog[1:]}")
        keys.press("Escape")
        expect(page.locator(dialog)).to_be_hidden()
        assert reader.focused() == row

    page.goto(f"{at.home}devices/")
    columns = reader.menu("Columns").locator("summary")
    keys.tab_to(columns)
    keys.press("Enter", "ArrowDown")
    assert page.evaluate("document.activeElement.name") == "columns"
    keys.look()
    keys.press("Escape")
    expect(columns).to_be_focused()

    keys.press("j", "Enter")
    expect(reader.heading).to_contain_text(row)
    delete = reader.button("Delete")
    keys.tab_to(delete)
    keys.press("Enter")
    expect(page.locator("#delete-device [data-code]")).to_be_focused()
    reader.look_around("keys-delete")
    keys.press("Escape")
    expect(delete).to_be_focused()
    problems = reader.problems + keys.unseen
    assert not problems, "\n".join(problems)
