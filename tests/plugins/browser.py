"""A real browser: `page` (a new profile for each test), `axe` and `picture`.

Uses the machine's Chromium or Chrome; Playwright's own downloads are not needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    sync_playwright,
)
from tools.check import browser_program, help_for_browser

from tests.plugins.server import ROOT

# A container has no sandbox of its own and a small /dev/shm.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--font-render-hinting=none",
)
PICTURES = ROOT / "var" / "pictures"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = {"serious", "critical"}
NO_PAGE = "Failed to load resource: the server responded with a status of"
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = browser_program()
    if program is None:
        pytest.fail(help_for_browser(), pytrace=False)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield launched
        launched.close()


class ScriptErrors:
    """What scripts have thrown and what the browser complained of in its console.

    That a page which a test asked for answers with an error is not a complaint about the page.
    """

    def __init__(self) -> None:
        self.told: list[str] = []
        self._pages: set[str] = set()

    def watch(self, context: BrowserContext) -> None:
        context.on("request", self._remember)
        context.on("weberror", lambda thrown: self.told.append(str(thrown.error)))
        context.on("console", self._hear)

    def _remember(self, request: Request) -> None:
        if request.is_navigation_request():
            self._pages.add(request.url)

    def _hear(self, message: ConsoleMessage) -> None:
        place = message.location["url"]
        is_page = place in self._pages and NO_PAGE in message.text
        if message.type == "error" and not is_page:
            self.told.append(f"{message.text} ({place})")


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes a browser profile; takes Playwright's options, such as `locale` or `viewport`.

    The test fails when a script on any of its pages throws, or the browser tells of an error.
    """
    made: list[BrowserContext] = []
    errors = ScriptErrors()

    def make(**options: Any) -> BrowserContext:
        defaults = {"locale": "en-GB", "timezone_id": "Europe/Paris", "viewport": DESKTOP}
        made.append(browser.new_context(**{**defaults, **options}))
        made[-1].set_default_timeout(15_000)
        errors.watch(made[-1])
        return made[-1]

    yield make
    for context in made:
        context.close()
    assert not errors.told, "\n".join(errors.told)


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """A page in a profile of its own."""
    return new_context().new_page()


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """Asserts that axe finds nothing serious on a page as it is shown now."""
    source = AXE.read_text(encoding="utf-8")

    def check(page: Page) -> None:
        # Evaluated by the debugger, which the page's Content-Security-Policy does not bind.
        page.evaluate(source)
        found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        serious = [f for f in found if f["impact"] in SERIOUS]
        told = [f"{f['id']}: {f['help']} {[n['target'] for n in f['nodes']][:5]}" for f in serious]
        assert not told, f"{page.url}\n" + "\n".join(told)

    return check


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[..., Path]:
    """Photographs a page into var/pictures; returns the file."""

    def take(page: Page, name: str = "", *, is_full_page: bool = True) -> Path:
        PICTURES.mkdir(parents=True, exist_ok=True)
        safe = re.sub(r"[^\w-]+", "-", name or request.node.name)
        file = PICTURES / f"{safe}.png"
        page.screenshot(path=file, full_page=is_full_page)
        return file

    return take
