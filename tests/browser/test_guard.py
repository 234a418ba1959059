"""No script error passes unseen: what the guard of browser tests hears, and what it lets pass."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.plugins.browser import ScriptErrors
from tests.plugins.site import Site

pytestmark = pytest.mark.browser


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A profile that nobody else watches."""
    made = browser.new_context()
    yield made
    made.close()


@pytest.fixture
def errors(context: BrowserContext) -> ScriptErrors:
    watching = ScriptErrors()
    watching.watch(context)
    return watching


@pytest.fixture
def page(context: BrowserContext, errors: ScriptErrors, live_site: Site) -> Page:
    made = context.new_page()
    made.goto(f"{live_site.url}/account/login/")
    assert errors.told == []
    return made


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("setTimeout(() => { throw new Error('thrown later') })", "thrown later"),
        ("void Promise.reject(new Error('nobody caught it'))", "nobody caught it"),
        ("console.error('said aloud')", "said aloud"),
        ("document.body.append(Object.assign(new Image(), {src: '/static/none.png'}))", "404"),
        ("document.body.setAttribute('style', 'color: red')", "Content Security Policy"),
    ],
)
def test_an_error_on_a_page_is_heard(
    page: Page, errors: ScriptErrors, script: str, told: str
) -> None:
    page.evaluate(script)
    give_up = time.monotonic() + 30
    while not errors.told and time.monotonic() < give_up:
        page.wait_for_timeout(50)
    assert len(errors.told) == 1
    assert told in errors.told[0]


def test_a_page_that_is_not_there_is_no_error_of_a_script(
    page: Page, errors: ScriptErrors, live_site: Site
) -> None:
    page.goto(f"{live_site.url}/nowhere/")
    page.evaluate("console.warn('only a warning')")
    assert errors.told == []
