"""A dynamic group in a real browser (E13): saved from the list, changed there, opened again."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.signing_in import sign_in
from tests.cast import Cast, add_devices, make_cast
from tests.plugins.browser import PHONE
from tests.plugins.site import Site

pytestmark = pytest.mark.browser
WORDS = {
    "en": {
        "save": "Save as dynamic group",
        "name": "Name",
        "create": "Create group",
        "edit": "Edit",
        "change": "Change the filter in the list",
        "keep": re.compile("Keep as filter of"),
        "two": "2 devices",
        "three": "3 devices",
        "list": "Open in list",
    },
    "fr": {
        "save": "Enregistrer comme groupe dynamique",
        "name": "Nom",
        "create": "Créer le groupe",
        "edit": "Modifier",
        "change": "Modifier le filtre dans la liste",
        "keep": re.compile("Conserver comme filtre de"),
        "two": "2 appareils",
        "three": "3 appareils",
        "list": "Ouvrir dans la liste",
    },
}


@pytest.fixture(scope="module")
def cast(live_site: Site) -> Cast:
    made = make_cast()
    add_devices(made.acme.id, 2, location="Paris")
    add_devices(made.acme.id, 3, manufacturer="HP", location="Lyon")
    return made


@pytest.mark.parametrize("language", WORDS)
def test_l7_a_filter_becomes_a_group_and_is_changed_in_the_list(
    page: Page,
    live_site: Site,
    cast: Cast,
    language: str,
    axe: Callable[[Page], None],
    picture: Callable[..., Path],
) -> None:
    words, name = WORDS[language], f"Office {language}"
    row = page.locator("tr", has_text=name)
    cast.device_admin.language = language
    cast.device_admin.save()
    sign_in(page, live_site, cast.device_admin.email)
    home = f"{live_site.url}/t/{cast.acme.customer_id}"
    page.goto(f"{home}/devices/?where=location:is:Paris")
    page.get_by_role("link", name=words["save"]).click()
    expect(page.get_by_text(words["two"])).to_be_visible()
    axe(page)
    picture(page, f"group-new-{language}")
    page.get_by_label(words["name"], exact=True).fill(name)
    page.get_by_role("button", name=words["create"]).click()
    expect(page.get_by_text(words["two"]).first).to_be_visible()
    page.locator("a[href$='/groups/']").first.click()
    axe(page)
    picture(page, f"groups-{language}")
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    picture(page, f"groups-phone-{language}")
    row.get_by_role("link", name=words["edit"], exact=True).click()
    page.get_by_role("link", name=words["change"]).click()
    page.goto(page.url.replace("Paris", "Lyon"))
    axe(page)
    picture(page, f"group-filter-{language}")
    page.get_by_role("button", name=words["keep"]).click()
    expect(page.get_by_text(words["three"]).first).to_be_visible()
    page.goto(f"{home}/groups/")
    row.get_by_role("link", name=words["edit"], exact=True).click()
    page.get_by_role("link", name=words["list"]).click()
    expect(page.get_by_text(words["three"]).first).to_be_visible()


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
