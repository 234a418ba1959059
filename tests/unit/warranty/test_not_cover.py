"""The list of lines that are no hardware cover (W9): its form, and what comes with the product."""

from __future__ import annotations

import pytest

from fleetward.warranty.contracts import Entitlement, EntitlementKind, NotCover
from fleetward.warranty.rules import default_not_cover, is_not_cover, parse_not_cover


def line(source: str, code: str = "X", name: str = "Some cover") -> Entitlement:
    return Entitlement(source, code, name, EntitlementKind.OTHER, None, None)


@pytest.mark.parametrize(
    ("entry", "matches"),
    [
        (NotCover("", code="x"), True),
        (NotCover("dell", code="X"), True),
        (NotCover("hp", code="X"), False),
        (NotCover("dell", code="Y"), False),
        (NotCover("dell", name_contains="SOME"), True),
        (NotCover("dell", name_contains="other"), False),
        (NotCover("dell", code="X", name_contains="other"), False),
    ],
)
def test_w9_every_part_of_an_entry_must_match(entry: NotCover, matches: bool) -> None:
    assert is_not_cover(line("dell"), [entry]) is matches


@pytest.mark.parametrize(
    "entitlement",
    [
        line("dell", "D"),
        line("dell", "DL"),
        line("dell", "PJ"),
        line("dell", "PR"),
        line("dell", "KK"),
        line("dell", "ZZ", "Dell Digital Delivery"),
        line("hp", "U1", "HP Care Pack Initial Setup"),
        line("lenovo", "3", "Premium Care trial"),
        line("cisco", "", "ECMU SWSS UPGRADES"),
    ],
)
def test_w9_known_lines_are_no_cover_by_default(entitlement: Entitlement) -> None:
    assert is_not_cover(entitlement, default_not_cover())


def test_w9_ordinary_cover_stays_cover_by_default() -> None:
    for source in ("cisco", "dell", "hp", "lenovo", "manual"):
        ordinary = line(source, "ND", "Next Business Day Onsite")
        assert not is_not_cover(ordinary, default_not_cover())


def test_a_list_reads_back_as_entries() -> None:
    text = '[[not_cover]]\ncode = "Q"\n[[not_cover]]\nprovider = "hp"\nname_contains = "demo"\n'
    assert parse_not_cover(text) == (NotCover("", "Q"), NotCover("hp", "", "demo"))
    assert parse_not_cover("") == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[not_cover]]\nprovider = "hp"', "entry 1: give a code or a name_contains"),
        ('[[not_cover]]\ncode = "Q"\nkode = "R"', "entry 1: unknown field kode"),
        ("[[not_cover", "Expected"),
        ("not_cover = 3", "give entries that begin"),
        ("not_cover = [1]", "entry 1: begin it with"),
        ('[[notcover]]\ncode = "Q"', "give entries that begin"),
        (f'[[not_cover]]\ncode = "{"Q" * 81}"', "entry 1: code has up to 80 characters"),
        ('[[not_cover]]\ncode = "Q\\u0000"', "entry 1: code has up to 80 characters, and no NUL"),
        ("x = " + "[" * 5000, "nested too deeply"),
    ],
)
def test_a_wrong_list_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_not_cover(text)
