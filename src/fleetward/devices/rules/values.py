"""Reads the other values of a row: texts, countries, days. What is unclear gets a hint."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from functools import cache

from fleetward.devices.contracts import HintCode
from fleetward.devices.rules.keys import shipped, squash

# What our own writers put an apostrophe before (infra.files.csv_writer).
_NEUTRALISED = re.compile(r"'(?=[=+\-@\t\r\n'])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ufeff\u200b]+")

_DAY_FORM = re.compile(
    r"(?:(?P<iso>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})"
    r"|(?P<first>\d{1,2})(?P<mark>[-/.])(?P<second>\d{1,2})[-/.](?P<year>\d{4}|\d{2}))"
    r"(?:[T ]\d{1,2}:\d{2}.*)?",
    re.ASCII,
)
_PLAUSIBLE_YEARS = range(1980, 2101)


def clean_text(text: str) -> str:
    """Trimmed, with single spaces, and without the apostrophe that our own files put before it."""
    return " ".join(_CONTROL.sub(" ", _NEUTRALISED.sub("", text.strip(), count=1)).split())


def country_code(text: str) -> str | None:
    """ISO 3166-1 alpha-2 for a code or a name in English or French; '' for '', None if unknown."""
    key = squash(text)
    return _countries().get(key) if key else ""


def country_names(language: str) -> dict[str, str]:
    """The name of each country by its code: in French, or else in English."""
    place = 2 if language.startswith("fr") else 1
    # A name that is the same in both stands there once.
    return {
        code: names[min(place, len(names) - 1)] for code, names in shipped("countries.toml").items()
    }


@cache
def _countries() -> dict[str, str]:
    table = shipped("countries.toml")
    names = {squash(name): code for code, names in table.items() for name in names}
    # A code stands for itself, whatever the alias of another country may look like.
    return names | {code.lower(): code for code in table}


class DayOrder(StrEnum):
    """How a column writes days that are not in ISO form."""

    DAY_FIRST = "DAY_FIRST"
    MONTH_FIRST = "MONTH_FIRST"
    UNDECIDED = "UNDECIDED"


def day_order(texts: Iterable[str]) -> DayOrder:
    """Decided for a whole column, and only where its values agree and one of them is clear."""
    first_is_day = second_is_day = False
    for text in texts:
        form = _DAY_FORM.fullmatch(text)
        if form and form["first"] and form["mark"] != ".":
            first_is_day = first_is_day or int(form["first"]) > 12
            second_is_day = second_is_day or int(form["second"]) > 12
    if first_is_day == second_is_day:
        return DayOrder.UNDECIDED
    return DayOrder.DAY_FIRST if first_is_day else DayOrder.MONTH_FIRST


def read_day(text: str, order: DayOrder) -> tuple[date | None, HintCode | None]:
    """The day of a clean text, or a hint why there is none. '' is no day and no hint."""
    if not text:
        return None, None
    form = _DAY_FORM.fullmatch(text)
    if form is None:
        return None, HintCode.UNREADABLE_DATE
    if form["iso"]:
        return _day(int(form["iso"]), int(form["m"]), int(form["d"]))
    year = int(form["year"]) + (2000 if len(form["year"]) == 2 else 0)
    first, second = int(form["first"]), int(form["second"])
    # With points, only the day comes first anywhere in the world.
    is_day_first = order is DayOrder.DAY_FIRST or form["mark"] == "." or first > 12
    is_clear = is_day_first or order is DayOrder.MONTH_FIRST or second > 12 or first == second
    if not is_clear:
        return None, HintCode.AMBIGUOUS_DATE
    return _day(year, second, first) if is_day_first else _day(year, first, second)


def _day(year: int, month: int, day: int) -> tuple[date | None, HintCode | None]:
    if year not in _PLAUSIBLE_YEARS:
        return None, HintCode.UNREADABLE_DATE
    try:
        return date(year, month, day), None
    except ValueError:
        return None, HintCode.UNREADABLE_DATE
