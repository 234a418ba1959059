"""A signed-in reader, and what stands on the pages that they get."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

from django.http import HttpResponse
from django.test import Client

from fleetward.identity.models import User


def browser(language: str = "en") -> Client:
    return Client(headers={"host": "localhost", "accept-language": language})


def signed_in(user: User, language: str = "en") -> Client:
    client = browser(language)
    client.force_login(user)
    return client


def text_of(answer: HttpResponse) -> str:
    """What stands on a page, without its tags, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


def hidden(answer: HttpResponse, name: str) -> list[str]:
    """The values that a form sends under a name."""
    return re.findall(rf'name="{name}" value="([^"]*)"', answer.content.decode())


class Walk(HTMLParser):
    """Every text of a page's content that holds a number, with the address it opens or ''.

    Left out: the axes and row headings of the chart, the filters, the table of devices, whose rows
    open a device each unless they are asked for, and the tile that starts bulk processing (W6),
    whose menu says how many devices would be refreshed (W7).
    """

    SKIPPED = frozenset(
        (
            "fw-bars-scale",
            "fw-bars-months",
            "fw-filters",
            "fw-table-card",
            "fw-tile-form",
            "fw-tile-menu",
        )
    )
    VOID = frozenset(("input", "br", "col", "hr", "img", "link", "meta"))

    def __init__(self, *, tables: bool = False) -> None:
        super().__init__()
        self.skipped = self.SKIPPED - ({"fw-table-card"} if tables else set())
        self.found: list[tuple[str, str]] = []
        self.above: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.above.append((tag, {name: value or "" for name, value in attrs}))
        label = self.above[-1][1].get("aria-label", "") if tag == "a" else ""
        self.handle_data(label.rpartition(": ")[2])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Holds no text."""

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.above.pop()[0] == tag, self.getpos()

    def handle_data(self, data: str) -> None:
        if re.search(r"\d", data) and self.is_content():
            links = [given.get("href", "") for tag, given in self.above if tag == "a"]
            self.found.append((data.strip(), links[-1] if links else ""))

    def is_content(self) -> bool:
        classes = {word for _, given in self.above for word in given.get("class", "").split()}
        tags = {tag for tag, _ in self.above}
        return "main" in tags and not (classes & self.skipped or tags & {"th", "script"})


def numbers(page: str, *, tables: bool = False) -> list[tuple[str, str]]:
    walk = Walk(tables=tables)
    walk.feed(page)
    return walk.found


class FormWalk(HTMLParser):
    """What the form of a page (`fw-form`) sends when nothing is changed in it."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, str] = {}
        self.is_inside = False
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.is_inside = given.get("class") == "fw-form"
        if not self.is_inside:
            return
        if tag == "select":
            self.select = given["name"]
        elif tag == "option" and "selected" in given:
            self.sent[self.select] = given["value"]
        elif tag == "input" and (given.get("type") != "checkbox" or "checked" in given):
            self.sent[given["name"]] = given.get("value", "on")


def form_of(page: str) -> dict[str, str]:
    walk = FormWalk()
    walk.feed(page)
    return walk.sent
