"""Somebody at a browser, who reads the pages in one language and looks at each on the way.

A journey is written once, with the English texts; `say` has them in the reader's language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from django.utils import translation
from playwright.sync_api import Locator, Page

from fleetward.identity.models import User
from tests.browser.looks import Eye, Look
from tests.browser.signing_in import sign_in
from tests.plugins.site import Site


@dataclass
class Reader:
    """A user's page in one look. `problems` gathers what is wrong with what it has shown."""

    page: Page
    site: Site
    look: Look
    eye: Eye
    problems: list[str] = field(default_factory=list)

    @property
    def language(self) -> str:
        return self.look.locale[:2]

    @property
    def is_wide(self) -> bool:
        return self.look.size == "wide"

    def say(self, text: str, context: str = "", **named: object) -> str:
        """A text of the sources in the reader's language."""
        with translation.override(self.language):
            told = translation.pgettext(context, text) if context else translation.gettext(text)
        return told % named if named else told

    def say_many(self, one: str, many: str, number: int, **named: object) -> str:
        """A text that depends on a number."""
        with translation.override(self.language):
            return translation.ngettext(one, many, number) % named

    def link(self, text: str, **named: object) -> Locator:
        return self.page.get_by_role("link", name=self.say(text, **named), exact=True)

    def button(self, text: str, **named: object) -> Locator:
        return self.page.get_by_role("button", name=self.say(text, **named), exact=True)

    def field(self, text: str) -> Locator:
        """A field of a form, whether it may be left empty or not."""
        label, optional = re.escape(self.say(text)), re.escape(self.say("optional"))
        return self.page.get_by_label(re.compile(rf"^\s*{label}\s*(\({optional}\)\s*)?$"))

    def menu(self, text: str) -> Locator:
        """A menu of the page, by what is written on it."""
        summary = self.page.locator("summary", has_text=self.say(text))
        return self.page.locator("details", has=summary)

    def chip(self, label: str) -> Locator:
        """A filter in force."""
        return self.page.locator(".fw-chip", has_text=self.say(label))

    @property
    def heading(self) -> Locator:
        return self.page.get_by_role("heading", level=1)

    @property
    def rows(self) -> Locator:
        return self.page.locator("table[data-keys] tbody tr")

    @property
    def heads(self) -> list[str]:
        """The columns of the table by their keys, those that are shown."""
        columns = self.page.locator("table[data-keys] col[data-key]")
        return [str(one.get_attribute("data-key")) for one in columns.all()]

    def focused(self) -> str:
        """What is written on, or is the name of, whatever has the focus."""
        element = "document.activeElement"
        return str(self.page.evaluate(f"{element}.innerText?.trim() || {element}.name || ''"))

    def look_around(self, name: str) -> None:
        """Look at the page as it is now."""
        self.problems += self.eye.problems(self.page, self.look, name)

    def toast(self, text: str) -> Locator:
        """What was just done, told at the edge of the page."""
        return self.page.locator(".fw-toast", has_text=text)


def reader_of(user: User, site: Site, look: Look, eye: Eye) -> Reader:
    """A user who has just signed in, and has chosen the language of the look."""
    user.language = look.locale[:2]
    user.save()
    reader = Reader(eye.page(look, site), site, look, eye)
    sign_in(reader.page, site, user.email)
    return reader
