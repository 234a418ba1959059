"""What an installation adds to our names of manufacturers and columns, and to our marks of HPE's
servers and of virtual machines (W16, E12).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fleetward.devices.rules import (
    BadNames,
    guess_columns,
    is_virtual_machine,
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

[server_lines]
words = ["Shadow Base", "Storm*"]
numbered = ["QX"]

[virtual_machines]
manufacturers = ["Nimbus Cloud"]
models = ["elastic box*"]
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


# Models of HP's: what the installation's marks make of them, and what ours alone do.
LINES = [
    ("HP shadow base 3", "HPE"),
    ("Shadow Baseline", "HP"),
    ("HP StormBreaker 2", "HPE"),
    ("Brainstorm", "HP"),
    ("QX40a Gen11", "HPE"),
    ("QX40", "HP"),
]
MACHINES = [
    ("Nimbus Cloud", "n1.small", True),
    ("Nimbus", "n1.small", False),
    ("Acme", "Elastic Box2", True),
    ("Acme", "Inelastic box", False),
]


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(("model", "maker"), LINES)
def test_w16_a_server_line_is_known_by_the_installations_marks_too(model: str, maker: str) -> None:
    assert normalise_manufacturer("Hewlett-Packard", model) == maker
    assert normalise_manufacturer("Dell", model) == "Dell"
    assert normalise_manufacturer("HP", "ProLiant DL380 Gen10") == "HPE"


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(("manufacturer", "model", "is_virtual"), MACHINES)
def test_e12_a_virtual_machine_is_known_by_the_installations_marks_too(
    manufacturer: str, model: str, is_virtual: bool
) -> None:
    assert is_virtual_machine(manufacturer, model) is is_virtual
    assert is_virtual_machine("VMware", "VMware7,1")


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
    assert {normalise_manufacturer("HP", model) for model, _ in LINES} == {"HP"}
    assert not any(is_virtual_machine(maker, model) for maker, model, _ in MACHINES)
    assert parse_names("") == Names()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[manufacturers", "is not TOML: "),
        ("headers = " + "1" * 5000, "is not TOML: "),
        ("headers = " + "[" * 5000, "its brackets are nested too deeply"),
        ("[makers]", "there is no part makers; the parts are [manufacturers], [headers], [server"),
        ("[server_lines]\nHPE = []", "[server_lines] HPE: there is no such list; words, numbered"),
        ('[server_lines]\nwords = ["*"]', "[server_lines] words: '*' has neither letters nor digi"),
        ("[virtual_machines]\nmakers = []", "[virtual_machines] makers: there is no such list; m"),
        ('[virtual_machines]\nmodels = "x"', "[virtual_machines] models: must be a list of words"),
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
