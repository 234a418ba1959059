"""Somebody signs in as people do."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.cast import PASSWORD
from tests.plugins.site import Site


def sign_in(page: Page, site: Site, email: str, *, until: str = "**/t/**") -> None:
    """Until a page of a tenant is there, or where else somebody comes to."""
    page.goto(site.url)
    page.locator("[name=login]").fill(email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(until)
