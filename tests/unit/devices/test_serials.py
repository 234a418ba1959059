"""Serial numbers: canonical form, refusals, hints (E12, X8)."""

from __future__ import annotations

import pytest

from fleetward.devices.contracts import HintCode, Refusal
from fleetward.devices.rules.serials import (
    JunkList,
    canonical_serial,
    default_junk,
    serial_hints,
    serial_problem,
)


@pytest.mark.parametrize(
    "text",
    [
        "5CD1234ABC",
        "  5cd1234abc\t",
        "\ufeff5CD1234ABC",
        '"5CD1234ABC"',
        "'5CD1234ABC",
        "“5CD1234ABC”",
        "\u00a05CD1234ABC\u00a0",
        '="5CD1234ABC"',
    ],
)
def test_x8_what_is_around_a_serial_is_no_part_of_it(text: str) -> None:
    assert canonical_serial(text) == "5CD1234ABC"


def test_inner_spaces_and_zeros_are_kept() -> None:
    assert canonical_serial(" ab   12 ") == "AB 12"
    assert canonical_serial('="00123"') == "00123"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", Refusal.MISSING_SERIAL),
        (" ' ", Refusal.MISSING_SERIAL),
        ("To be filled by O.E.M.", Refusal.JUNK_SERIAL),
        ("TO BE FILLED BY OEM", Refusal.JUNK_SERIAL),
        ("System Serial Number", Refusal.JUNK_SERIAL),
        ("Default string", Refusal.JUNK_SERIAL),
        ("n/a", Refusal.JUNK_SERIAL),
        ("None", Refusal.JUNK_SERIAL),
        ("Non renseigné", Refusal.JUNK_SERIAL),
        ("0", Refusal.JUNK_SERIAL),
        ("0000000", Refusal.JUNK_SERIAL),
        ("xxxxxxxx", Refusal.JUNK_SERIAL),
        ("----", Refusal.JUNK_SERIAL),
        ("..-..", Refusal.JUNK_SERIAL),
        ("1.23457E+12", Refusal.SCIENTIFIC_NOTATION),
        ("1,23457e+12", Refusal.SCIENTIFIC_NOTATION),
        ("5E+08", Refusal.SCIENTIFIC_NOTATION),
        ("1.23457E11", Refusal.SCIENTIFIC_NOTATION),
        ("1,234e5", Refusal.SCIENTIFIC_NOTATION),
        ("12.5E+11", Refusal.SCIENTIFIC_NOTATION),
        ("123E+09", Refusal.SCIENTIFIC_NOTATION),
        ("-1.2E+07", Refusal.SCIENTIFIC_NOTATION),
        ("#N/A", Refusal.SPREADSHEET_ERROR),
        ("#value!", Refusal.SPREADSHEET_ERROR),
        ("#REF!", Refusal.SPREADSHEET_ERROR),
        ("#DIV/0!", Refusal.SPREADSHEET_ERROR),
        ("#NOM?", Refusal.SPREADSHEET_ERROR),
        ("Err:502", Refusal.SPREADSHEET_ERROR),
        ("2023-05-01", Refusal.DATE_LIKE_SERIAL),
        ("2023-05-01 10:30:00", Refusal.DATE_LIKE_SERIAL),
        ("2023/05/01", Refusal.DATE_LIKE_SERIAL),
        ("2023.5.1", Refusal.DATE_LIKE_SERIAL),
        ("12 Mar 2023", Refusal.DATE_LIKE_SERIAL),
        ("01/05/2023", Refusal.DATE_LIKE_SERIAL),
        ("1.5.23", Refusal.DATE_LIKE_SERIAL),
        ("10-Mar", Refusal.DATE_LIKE_SERIAL),
        ("Mar-99", Refusal.DATE_LIKE_SERIAL),
        ("01-déc", Refusal.DATE_LIKE_SERIAL),
        ("5CD12\u200b34ABC", Refusal.INVISIBLE_CHARACTERS),
        ("5CD12\x0734ABC", Refusal.INVISIBLE_CHARACTERS),
        ("5CD12\u202e34ABC", Refusal.INVISIBLE_CHARACTERS),
        ("A" + "B" * 80, Refusal.SERIAL_TOO_LONG),
    ],
)
def test_e12_damaged_and_placeholder_serials_are_refused(text: str, problem: Refusal) -> None:
    assert serial_problem(canonical_serial(text), default_junk()) is problem


@pytest.mark.parametrize(
    "text",
    [
        "7XK2P13",
        "12E4567",
        "1E4567",
        "12.5E45",
        "#A123",
        "12345.0",
        "5CD1234ABC",
        "PF-0ABCDE",
        "12-34-5679",
        "R90X",
        "A1",
        "型号123",
    ],
)
def test_real_serials_pass(text: str) -> None:
    assert serial_problem(canonical_serial(text), default_junk()) is None


def test_e12_list_of_junk_is_the_installations() -> None:
    assert serial_problem("LOANER1", JunkList.of(["loaner-1"])) is Refusal.JUNK_SERIAL
    assert serial_problem("NONE", JunkList.of([])) is None


@pytest.mark.parametrize(
    ("manufacturer", "serial", "hints"),
    [
        ("Dell", "7XK2P13", []),
        ("Dell", "7XK2PI3", [HintCode.LOOK_ALIKE]),
        ("Dell", "7XKOP13", [HintCode.LOOK_ALIKE]),
        ("Dell", "16583947021", [HintCode.EXPRESS_SERVICE_CODE]),
        ("Dell", "99999999999", [HintCode.UNUSUAL_LENGTH]),
        ("Dell", "123459", [HintCode.LEADING_ZEROS_LOST]),
        ("Dell", "7XK2P", [HintCode.UNUSUAL_LENGTH]),
        ("Dell", "1234567.0", [HintCode.DECIMAL_TAIL]),
        ("Somebody", "1234567,00", [HintCode.DECIMAL_TAIL]),
        ("Somebody", "1234567.5", []),
        ("HP", "INA1234ABC", []),
        ("HP", "5CD1234ABO", [HintCode.LOOK_ALIKE]),
        ("HP", "5CD123", [HintCode.UNUSUAL_LENGTH]),
        ("HPE", "CZJ12345AB", []),
        ("Lenovo", "PF0ABCDE", []),
        ("Lenovo", "PF0 ABCDE", [HintCode.INNER_SPACE, HintCode.UNUSUAL_LENGTH]),
        ("Lenovo", "PFOABCDE", [HintCode.LOOK_ALIKE]),
        ("Apple", "C02XL0GTJGH5", []),
        ("Somebody", "OIL-1 x".upper(), [HintCode.INNER_SPACE]),
        ("Somebody", "АBC123", [HintCode.FOREIGN_LETTERS]),
    ],
)
def test_hints_name_what_looks_odd(manufacturer: str, serial: str, hints: list[HintCode]) -> None:
    assert list(serial_hints(manufacturer, serial)) == hints
