"""An empty installation (`DEMO=0`): the first administrator is made in the browser, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.plugin import DjangoDbBlocker

from tests.browser.looks import LOOKS, Eye
from tests.cast import PASSWORD
from tests.plugins.browser import PHONE
from tests.plugins.database import committed_database
from tests.plugins.site import Site, running_site
from tests.simulators import running_simulators

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def empty_site(django_db_blocker: DjangoDbBlocker) -> Iterator[Site]:
    with (
        committed_database(django_db_blocker) as database,
        running_simulators() as simulators,
        running_site(database, simulators, has_worker=False) as site,
    ):
        yield site


def test_the_first_visitor_becomes_the_administrator_and_nobody_after(
    empty_site: Site,
    eye: Eye,
    new_context: Callable[..., BrowserContext],
    axe: Callable[[Page], None],
    picture: Callable[..., Path],
) -> None:
    for look in LOOKS:
        page = eye.page(look, empty_site)
        page.goto(empty_site.url)
        assert not eye.problems(page, look, "first_run")

    page = new_context(locale="fr-FR", viewport=PHONE).new_page()
    page.goto(empty_site.url)
    expect(page.get_by_role("heading", name="Bienvenue dans Fleetward")).to_be_visible()
    picture(page, "first-run-fr-phone")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Welcome to Fleetward")).to_be_visible()

    page.get_by_label("Organisation").fill("Acme")
    page.get_by_label("Your email address").fill("ada@acme.example")
    page.get_by_label("Password").fill("short")
    page.keyboard.press("Enter")
    expect(page.get_by_text("at least 12 characters").first).to_be_visible()
    axe(page)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/t/**")
    expect(page.get_by_text("No devices yet")).to_be_visible()
    axe(page)
    picture(page, "first-run-done")

    page.goto(f"{empty_site.url}/first-run/")
    expect(page.get_by_text("Nothing was found at this address.")).to_be_visible()
    other = new_context().new_page()
    other.goto(empty_site.url)
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
