"""How every page is looked at: wide and narrow, light and dark, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po
from playwright.sync_api import BrowserContext, Page

from tests.plugins.server import ROOT
from tests.plugins.site import Site

CATALOGUE = ROOT / "src/fleetward/locale/fr/LC_MESSAGES/django.po"
PLACEHOLDER = re.compile(r"%\(|\{")
# Whether what was just done is told upon the heading of the page.
COVERED = """() => [...document.querySelectorAll("h1")].some((heading) => {
  const a = heading.getBoundingClientRect();
  return [...document.querySelectorAll(".fw-toast")].some((toast) => {
    const b = toast.getBoundingClientRect();
    return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  });
})"""
SPILL = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass(frozen=True)
class Look:
    """What a reader has before them, and whether a picture is taken of it."""

    size: str
    viewport: tuple[int, int]
    scheme: str
    locale: str
    is_photographed: bool = False

    def __str__(self) -> str:
        return f"{self.size}-{self.scheme}"


LOOKS = (
    Look("wide", (1440, 900), "light", "en-GB", is_photographed=True),
    Look("wide", (1440, 900), "dark", "fr-FR", is_photographed=True),
    Look("phone", (390, 844), "light", "fr-FR", is_photographed=True),
    Look("phone", (390, 844), "dark", "en-GB", is_photographed=True),
)


@dataclass(frozen=True)
class Eye:
    """Looks at pages, and tells what is wrong with them."""

    new_context: Callable[..., BrowserContext]
    axe: Callable[[Page], None]
    picture: Callable[..., Path]

    def page(self, look: Look, site: Site) -> Page:
        """A page in a profile of its own, whose reader has chosen the language."""
        width, height = look.viewport
        context = self.new_context(
            viewport={"width": width, "height": height},
            color_scheme=look.scheme,
            locale=look.locale,
            reduced_motion="reduce",
        )
        language = look.locale[:2]
        context.add_cookies([{"name": "django_language", "value": language, "url": site.url}])
        return context.new_page()

    def problems(self, page: Page, look: Look, name: str) -> list[str]:
        """Of the page as it is shown now."""
        found = []
        if look.is_photographed:
            self.picture(page, f"page-{name}-{look}")
        try:
            self.axe(page)
        except AssertionError as serious:
            found.append(f"{name}: {serious}")
        spill = page.evaluate(SPILL)
        if spill > 0:
            found.append(f"{name} is {spill} pixels too wide")
        if page.evaluate(COVERED):
            found.append(f"{name} has a toast upon a heading")
        if look.locale == "fr-FR":
            text = page.locator("body").inner_text()
            found += [f"{name} says in English: {words}" for words in english() if words in text]
        return found


@cache
def english() -> tuple[str, ...]:
    """Texts of the sources that read otherwise in French (L7)."""
    with CATALOGUE.open("rb") as lines:
        texts = {str(m.id): m.string for m in read_po(lines) if isinstance(m.id, str)}
    return tuple(
        text
        for text, french in texts.items()
        if " " in text and french != text and not PLACEHOLDER.search(text)
    )
