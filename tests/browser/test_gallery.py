"""The gallery: every component photographed and checked, wide and narrow, light and dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.plugin import DjangoDbBlocker

from tests.plugins.database import committed_database
from tests.plugins.site import Site, running_site
from tests.simulators import running_simulators

pytestmark = pytest.mark.browser

NewContext = Callable[..., BrowserContext]
SIZES = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}


@pytest.fixture(scope="module")
def gallery(django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The address of the gallery of a demo installation."""
    with (
        pytest.MonkeyPatch.context() as patch,
        committed_database(django_db_blocker) as database,
        running_simulators() as simulators,
    ):
        patch.setenv("FLEETWARD_DEMO", "true")
        with running_site(database, simulators, has_worker=False) as site:
            yield address(site)


def address(site: Site) -> str:
    return f"{site.url}/gallery"


def opened(new_context: NewContext, url: str, **options: object) -> Page:
    page = new_context(reduced_motion="reduce", **options).new_page()
    page.goto(url)
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
def test_every_component_is_accessible_and_fits(
    gallery: str,
    new_context: NewContext,
    axe: Callable[[Page], None],
    picture: Callable[..., Path],
    size: str,
    scheme: str,
    locale: str,
) -> None:
    page = opened(new_context, gallery, viewport=SIZES[size], color_scheme=scheme, locale=locale)
    picture(page, f"gallery-{size}-{scheme}-{locale[:2]}")
    axe(page)
    too_wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(too_wide) <= 0


def test_no_component_breaks_the_content_security_policy(
    gallery: str, new_context: NewContext
) -> None:
    page = new_context().new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(gallery)
    page.wait_for_load_state("networkidle")
    assert not [text for text in said if "Content Security Policy" in text]
    assert page.locator("[style]").count() == 0


def test_a_confirm_dialog_waits_for_its_security_code(
    gallery: str, new_context: NewContext, axe: Callable[[Page], None]
) -> None:
    page = opened(new_context, gallery)
    page.get_by_role("button", name="Open a confirm dialog").click()
    submit = page.get_by_role("button", name="Delete devices")
    expect(submit).to_be_disabled()
    axe(page)
    page.get_by_label("Type the security code to confirm").fill("k7qx")
    expect(submit).to_be_enabled()
    page.keyboard.press("Escape")
    expect(submit).to_be_hidden()


def test_ticking_a_row_brings_the_selection_bar(gallery: str, new_context: NewContext) -> None:
    page = opened(new_context, gallery)
    bar = page.get_by_role("region", name="Selected rows")
    expect(bar).to_be_hidden()
    page.get_by_label("Select PAR-LT-0412").check()
    expect(bar).to_contain_text("1 selected")
    page.get_by_label("Select all rows on this page").check()
    expect(bar).to_contain_text("6 selected")
    bar.get_by_role("button", name="Clear").click()
    expect(bar).to_be_hidden()


def test_rows_are_walked_and_ticked_by_keyboard(gallery: str, new_context: NewContext) -> None:
    page = opened(new_context, gallery)
    # The refused form that the gallery shows has taken the focus to its wrong field.
    expect(page.locator("[aria-invalid=true]").first).to_be_focused()
    page.evaluate("document.activeElement.blur()")
    for key in "jjkx":
        page.keyboard.press(key)
    expect(page.get_by_label("Select PAR-LT-0412")).to_be_checked()
    page.keyboard.press("/")
    expect(page.get_by_role("main").get_by_role("searchbox")).to_be_focused()


def test_the_chosen_theme_is_kept(gallery: str, new_context: NewContext) -> None:
    page = opened(new_context, gallery, color_scheme="light")
    page.locator("summary", has_text="Account of").click()
    page.get_by_role("radio", name="Dark").check(force=True)
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_the_navigation_of_a_phone_opens_without_script(
    gallery: str, new_context: NewContext
) -> None:
    page = opened(new_context, gallery, viewport=SIZES["phone"], java_script_enabled=False)
    place = page.get_by_role("link", name="External services")
    expect(place).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(place).to_be_visible()


def test_a_part_of_a_chart_tells_its_numbers(gallery: str, new_context: NewContext) -> None:
    page = opened(new_context, gallery)
    page.get_by_role("link", name="December 2026").first.hover()
    tip = page.locator(".fw-tip")
    expect(tip).to_contain_text("December 2026")
    expect(tip).to_contain_text("Lenovo")
