"""Cells and tables escape what they show; templates name only icons that are built."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from django.utils import translation

from fleetward.warranty.contracts import Reason, Status
from fleetward.web.components import cells
from fleetward.web.components.shapes import Figure, Tone
from fleetward.web.components.table import Column, Row, Table
from fleetward.web.shell import initials, nav_groups, theme_of

ROOT = Path(__file__).resolve().parents[3]
WEB = ROOT / "src/fleetward/web"
EVIL = '<img src=x onerror="alert(1)">'


@pytest.mark.parametrize(
    "cell",
    [
        cells.text(EVIL, EVIL),
        cells.link(EVIL, '/"><script>', EVIL),
        cells.code(EVIL),
        cells.badge(EVIL),
    ],
)
def test_cells_escape_what_came_from_a_file(cell: cells.Cell) -> None:
    assert "<img" not in cell.html
    assert "<script" not in cell.html


def test_a_selectable_row_escapes_its_name_and_key() -> None:
    row = Row(EVIL, (cells.text("a"),), href='/"x', name="{name}" + EVIL)
    table = Table("Devices", (Column("a", EVIL),), (row,), is_selectable=True)
    assert "<img" not in table.body
    assert 'data-href="/&quot;x"' in table.body


@pytest.mark.parametrize("status", Status)
def test_w10_status_has_words_an_icon_and_a_colour(status: Status) -> None:
    html = cells.status_html(status)
    assert "<svg" in html
    assert "is-" in html
    assert re.search(r"</svg>\w", html)


@pytest.mark.parametrize("reason", Reason)
def test_w11_unknown_says_its_reason(reason: Reason) -> None:
    assert "fw-status-reason" in cells.status_html(Status.UNKNOWN, reason)


def test_w20_a_simulated_status_is_marked() -> None:
    assert "Simulated" in cells.status_html(Status.IN, is_simulated=True)


def test_w20_a_short_mark_keeps_its_word_for_those_who_cannot_see_it() -> None:
    assert 'aria-label="Simulated"' in cells.status_html(
        Status.IN, is_simulated=True, is_short=True
    )


@pytest.mark.parametrize("value", [0, "0"])
def test_nothing_bad_is_not_shown_as_bad(value: int | str) -> None:
    assert Figure("failed", value, Tone.BAD).shown_tone is Tone.QUIET
    assert Figure("failed", 3, Tone.BAD).shown_tone is Tone.BAD


def test_numbers_and_days_follow_the_reader() -> None:
    with translation.override("fr"):
        assert cells.number_text(12431) == "12\u202f431"
    assert cells.number_text(12431) == "12,431"
    assert ">3 Mar 2027<" in cells.day_html(date(2027, 3, 3))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "yes"),
        (False, "no"),
        (None, "–"),
        ("", "–"),
        ("2027-03-03", "3 Mar 2027"),
        ("20270303", "20270303"),
        ("Lyon", "Lyon"),
        (12, "12"),
    ],
)
def test_a_value_of_a_change_is_told_in_words(value: object, shown: str) -> None:
    assert cells.value_text(value) == shown


def test_navigation_leaves_out_what_is_hidden() -> None:
    links = [link for g in nav_groups("C-1", "devices", {"users"}) for link in g.links]
    assert "/t/C-1/settings/users/" not in [link.href for link in links]
    assert [link.href for link in links if link.is_current] == ["/t/C-1/devices/"]


@pytest.mark.parametrize(
    ("cookie", "theme"), [("dark", "dark"), ("light", "light"), ('"><', ""), (None, "")]
)
def test_a_strange_theme_cookie_means_the_systems_theme(cookie: str | None, theme: str) -> None:
    assert theme_of(cookie) == theme


@pytest.mark.parametrize(
    ("name", "short"),
    [("Ada Martin", "AM"), ("ada@example.com", "AE"), ("Few & Sons", "FS"), ("", "")],
)
def test_initials(name: str, short: str) -> None:
    assert initials(name) == short


def sources() -> list[Path]:
    return [*WEB.rglob("*.html"), *WEB.rglob("*.py")]


def test_every_named_icon_is_built() -> None:
    built = set(json.loads((ROOT / "assets/icons.json").read_text(encoding="utf-8")))
    named = re.compile(r"""(?:\{% icon |icon=|icon_html\()"([a-z0-9-]+)\"""")
    used = {name for path in sources() for name in named.findall(path.read_text(encoding="utf-8"))}
    assert "flask" in used
    assert used <= built


def test_templates_keep_the_strict_content_security_policy() -> None:
    """No inline style, script or handler; a block of JSON is data."""
    forbidden = re.compile(r"""\sstyle=|<style|\son[a-z]+="|hx-on|<script(?![^>]*src=)""")
    found = {
        path.name: forbidden.findall(path.read_text(encoding="utf-8"))
        for path in WEB.rglob("*.html")
    }
    assert "base.html" in found
    assert not {name: hits for name, hits in found.items() if hits}


def test_every_component_lists_its_arguments() -> None:
    first = {
        path.name: path.read_text(encoding="utf-8")[:2]
        for path in (WEB / "templates/web/components").glob("*.html")
    }
    assert set(first.values()) == {"{#"}, first
