"""Serials and product numbers: their canonical form, why one is refused, what looks odd (E12, X8).

Nothing is repaired: a refused serial names its problem, an odd one gets a hint and is kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from fleetward.devices.contracts import MOST_CHARACTERS, HintCode, Refusal
from fleetward.devices.rules.keys import shipped

# Around a serial only: BOM, quotes of any kind and the apostrophe by which spreadsheets keep text.
_EDGES = "\ufeff\"'`´‘’“”«» \t\r\n\u00a0"
_KEPT_AS_TEXT = re.compile(r'="(.*)"', re.DOTALL)
_INVISIBLE = {"Cc", "Cf", "Zl", "Zp", "Co", "Cs", "Cn"}

# A sign of the exponent, or one digit and a decimal part tell: 12E4567 and 12.5E45 can be serials,
# 1.2E7, 1E+07 and (as engineers write it) 12.5E+06 are none.
SCIENTIFIC = r"^-?(?:[0-9][.,][0-9]+E[+-]?|[0-9]{1,3}(?:[.,][0-9]+)?E[+-])[0-9]+$"
# What a cell shows whose formula failed, in whichever language: #N/A, #VALUE!, #NOM?, Err:502.
SPREADSHEET_ERROR = r"^(?:#N/[AD]|#[A-Z][A-Z0-9/_]*[!?]|ERR:[0-9]{3})$"
# A number as some exports write it. Which one it was can be guessed, so it is for a person to say.
DECIMAL_TAIL = r"^[0-9]+[.,]0+$"
_DAY = r"(?:0?[1-9]|[12][0-9]|3[01])"
_MONTH = (
    r"(?:JAN|JANV|FEB|FEV|FÉVR|MAR|MARS|APR|AVR|MAY|MAI|JUN|JUIN|JUL|JUIL|AUG|AOU|AOÛT|SEP|SEPT"
    r"|OCT|NOV|DEC|DÉC)"
)
DATE_LIKE = (
    rf"^(?:(?:19|20)[0-9]{{2}}[-/.](?:0?[1-9]|1[0-2])[-/.]{_DAY}(?:[ T][0-9]{{2}}:[0-9]{{2}}.*)?"
    rf"|{_DAY}[/.-]{_DAY}[/.-](?:[0-9]{{2}}|(?:19|20)[0-9]{{2}})(?: [0-9]{{1,2}}:[0-9]{{2}}.*)?"
    rf"|{_DAY}[- ]{_MONTH}\.?(?:[- ][0-9]{{2}}|[- ][0-9]{{4}})?"
    rf"|{_MONTH}\.?-(?:[0-9]{{2}}|[0-9]{{4}}))$"
)
_SCIENTIFIC = re.compile(SCIENTIFIC)
_SPREADSHEET_ERROR = re.compile(SPREADSHEET_ERROR)
_DECIMAL_TAIL = re.compile(DECIMAL_TAIL)
_DATE_LIKE = re.compile(DATE_LIKE)
_NOT_KEY = re.compile(r"[^0-9A-Z]+")

# Number of characters by maker, and how many of them name the plant and may hold any letter. The
# letters O and I are otherwise left out, because they look like digits. Seen on labels, published
# by none of these companies, and so good for hints only.
_SHAPES = {
    "Dell": ((7,), 0),
    "HP": ((10, 12, 14), 3),
    "HPE": ((10, 12), 3),
    "Lenovo": ((7, 8), 2),
    "Apple": ((10, 11, 12), 0),
}
# A Dell express service code is the service tag, read as a number of base 36.
_NUMBER = re.compile(r"[0-9]{1,14}")
_EXPRESS_RANGE = range(36**6, 36**7)


def _ordinary(lengths: tuple[int, ...], prefix: int) -> str:
    bodies = "|".join(f"[0-9A-HJ-NP-Z]{{{length - prefix}}}" for length in lengths)
    return rf"^[0-9A-Z]{{{prefix}}}(?:{bodies})$"


# What gets no hint, by maker; elsewhere unless DECIMAL_TAIL. Also used by the twin over many rows.
ORDINARY = {maker: _ordinary(*shape) for maker, shape in _SHAPES.items()}
ORDINARY_ELSEWHERE = r"^[\x21-\x7E]*$"
_COMPILED = {maker: re.compile(pattern) for maker, pattern in ORDINARY.items()}


def canonical_serial(text: str) -> str:
    """Trimmed of what is not its own, in capitals, with single inner spaces."""
    if kept := _KEPT_AS_TEXT.fullmatch(text.strip(_EDGES[-4:])):
        text = kept[1]
    return " ".join(text.strip(_EDGES).split()).upper()


def canonical_product_number(text: str) -> str:
    """As a serial, whichever door it came by: `9g0v3et` and `9G0V3ET` are one machine's (T10)."""
    return canonical_serial(text)


@dataclass(frozen=True, slots=True)
class JunkList:
    """Serials that never identify a device, by their keys."""

    keys: frozenset[str]

    @classmethod
    def of(cls, serials: Iterable[str]) -> JunkList:
        return cls(frozenset(junk_key(serial) for serial in serials) - {""})


@cache
def default_junk() -> JunkList:
    """The list that comes with the product; an installation may hold another."""
    return JunkList.of(shipped("junk_serials.toml")["serials"])


def junk_key(serial: str) -> str:
    """Capitals and digits only: "N/A" and "n.a." are one. Letters with accents lose them."""
    return _NOT_KEY.sub("", unicodedata.normalize("NFKD", serial.upper()))


def is_junk(serial: str, junk: JunkList) -> bool:
    """`serial` is canonical. One character, however often, is always junk."""
    key = junk_key(serial)
    if not key:
        return serial.isascii()
    return key in junk.keys or not key.strip(key[0])


def _has_invisible(text: str) -> bool:
    return any(unicodedata.category(letter) in _INVISIBLE for letter in text)


def serial_problem(serial: str, junk: JunkList) -> Refusal | None:
    """Why a canonical serial is refused, or None."""
    if not serial:
        return Refusal.MISSING_SERIAL
    if not (serial.isascii() and serial.isprintable()) and _has_invisible(serial):
        return Refusal.INVISIBLE_CHARACTERS
    if len(serial) > MOST_CHARACTERS["serial"]:
        return Refusal.SERIAL_TOO_LONG
    if _SCIENTIFIC.match(serial):
        return Refusal.SCIENTIFIC_NOTATION
    if _DATE_LIKE.match(serial):
        return Refusal.DATE_LIKE_SERIAL
    if _SPREADSHEET_ERROR.match(serial):
        return Refusal.SPREADSHEET_ERROR
    return Refusal.JUNK_SERIAL if is_junk(serial, junk) else None


def serial_hints(manufacturer: str, serial: str) -> tuple[HintCode, ...]:
    """What to look at in a canonical serial of a canonical manufacturer; the serial is kept."""
    pattern = _COMPILED.get(manufacturer)
    if pattern is not None and pattern.match(serial):
        return ()
    if _DECIMAL_TAIL.match(serial):
        return (HintCode.DECIMAL_TAIL,)
    hints: list[HintCode] = []
    if not serial.isascii():
        hints.append(HintCode.FOREIGN_LETTERS)
    if " " in serial:
        hints.append(HintCode.INNER_SPACE)
    if pattern is not None and (hint := _shape_hint(manufacturer, serial)):
        hints.append(hint)
    return tuple(hints)


def _shape_hint(manufacturer: str, serial: str) -> HintCode | None:
    lengths, prefix = _SHAPES[manufacturer]
    is_number = _NUMBER.fullmatch(serial) is not None
    if manufacturer == "Dell" and is_number and int(serial) in _EXPRESS_RANGE:
        return HintCode.EXPRESS_SERVICE_CODE
    if is_number and len(serial) < lengths[0]:
        return HintCode.LEADING_ZEROS_LOST
    if len(serial) not in lengths:
        return HintCode.UNUSUAL_LENGTH
    return HintCode.LOOK_ALIKE if set(serial[prefix:]) & set("OI") else None
