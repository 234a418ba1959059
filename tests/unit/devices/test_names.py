"""The names that an installation adds to ours, of manufacturers and columns (W16, E12)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fleetward.devices.rules import (
    BadNames,
    guess_columns,
    normalise_manufacturer,
    parse_names,
    use_names,
)
from fleetward.devices.rules.keys import Names

OWN = """
[manufacturers]
"Tuxedo" = ["TUXEDO Computers GmbH", "Tuxedo OEM"]
"DELL" = ["Wyse"]
"Vaio" = []

[headers]
serial = ["Seriennummer", "Geräte-ID"]
asset_tag = ["Inventarnummer", "Service Tag"]
"""


@pytest.fixture
def own() -> Iterator[None]:
    use_names(parse_names(OWN))
    yield
    use_names(Names())


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("tuxedo computers", "Tuxedo"),
        ("TUXEDO", "Tuxedo"),
        ("Tuxedo OEM", "Tuxedo"),
        ("Wyse", "Dell"),
        ("Dell Inc.", "Dell"),
        ("Hewlett-Packard", "HP"),
        ("Nobody's", "Nobody's"),
    ],
)
def test_w16_a_manufacturer_has_one_name_by_the_installations_words_too(
    text: str, name: str
) -> None:
    assert normalise_manufacturer(text) == name


@pytest.mark.usefixtures("own")
def test_e12_a_column_is_known_by_the_installations_words_first() -> None:
    guess = guess_columns(["Serial", "geräte id", "Make", "Service Tag"])
    assert guess.columns == {
        "serial": "geräte id",
        "manufacturer": "Make",
        "asset_tag": "Service Tag",
    }
    assert guess.unknown == ("Serial",)


def test_without_any_the_shipped_names_are_all() -> None:
    assert normalise_manufacturer("tuxedo computers") == "tuxedo computers"
    assert guess_columns(["Seriennummer"]).columns == {}
    assert parse_names("") == Names()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[manufacturers", "is not TOML: "),
        ("[makers]", "there is no part makers; the parts are [manufacturers] and [headers]"),
        ("headers = 1", "headers must be a part of its own, [headers]"),
        ('[headers]\nserial = "SN"', "[headers] serial: must be a list of words"),
        ("[headers]\nserial = [1]", "[headers] serial: must be a list of words"),
        ('[headers]\nseriall = ["SN"]', "[headers] seriall: there is no such field; manufacturer,"),
        ('[headers]\nserial = ["-"]', "[headers] serial: '-' has neither letters nor digits"),
        ('[headers]\nserial = ["A b"]\nname = ["a-B"]', "[headers] 'a-B' stands at serial and at"),
        ('[manufacturers]\n"" = ["x"]', "[manufacturers] '': a name has 1 to 80 characters"),
        ('[manufacturers]\n" A" = []', "[manufacturers] ' A': a name has 1 to 80 characters"),
        (f'[manufacturers]\n"{"x" * 81}" = []', "a name has 1 to 80 characters"),
        ('[manufacturers]\nA = ["Own"]\nB = ["own"]', "[manufacturers] 'own' stands at A and at B"),
    ],
)
def test_names_that_cannot_be_used_say_which_and_why(text: str, told: str) -> None:
    with pytest.raises(BadNames) as caught:
        parse_names(text)
    assert told in str(caught.value)
