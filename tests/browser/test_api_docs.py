"""The documentation of the API in a browser: it fits, is accessible, and opens what is linked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.plugins.site import Site

pytestmark = pytest.mark.browser

NewContext = Callable[..., BrowserContext]
SIZES = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}


@pytest.mark.parametrize("size", SIZES)
def test_the_documentation_fits_and_is_accessible(
    live_site: Site,
    new_context: NewContext,
    axe: Callable[[Page], None],
    picture: Callable[..., Path],
    size: str,
) -> None:
    page = new_context(viewport=SIZES[size], reduced_motion="reduce").new_page()
    page.goto(f"{live_site.url}/api/v1/docs/")
    for call in ("list_devices", "upload_import"):
        page.locator(f"#{call} > summary").click()
    expect(page.locator("#list_devices")).to_contain_text("warranty.status")
    expect(page.locator("#upload_import")).to_contain_text("Idempotency-Key")
    wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wider <= 0
    axe(page)
    picture(page, f"api-docs-{size}")
