"""Turns what vendors write into our values: days, clean texts, service levels. Pure."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache

Loose = str | int | float | bool | None

_MOMENT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})"
    r"(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{0,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII | re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")

_LEVELS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (level, re.compile(pattern, re.IGNORECASE))
    for level, pattern in (
        ("4H", r"\b(4|four)[ -]?(hr|h|hours?)\b|mission critical|\b24x7x4"),
        ("SBD", r"\bsame (business )?day\b"),
        ("NBD", r"\bnext[ -](business[ -])?day\b|\b(\d+x\d+x)?nbd\b"),
        ("DEPOT", r"\bdepot\b|mail[ -]?in|return to|carry[ -]?in|collect"),
        ("ONSITE", r"\bon[ -]?site\b"),
    )
)


class NotADay(ValueError):
    """A text that should be a date is none."""


@lru_cache(maxsize=65_536)
def vendor_day(text: str | None) -> date | None:
    """The calendar day that a vendor wrote, or None for nothing and for its ways to say "none".

    Times come with 0 to 9 digits of fraction, with and without a zone, in one account even; years
    1 and 9999 mean "none" (0001-01-01, 9999-12-31). The day is taken as printed: moving it to
    another zone would end a cover a day off what the vendor's own page shows. Raises: NotADay.
    """
    text = (text or "").strip()
    if not text:
        return None
    match = _MOMENT.fullmatch(text)
    if not match:
        raise NotADay(text[:40])
    year, month, day = int(match[1]), int(match[2]), int(match[3])
    if year <= 1 or year >= 9999:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        raise NotADay(text[:40]) from None


@lru_cache(maxsize=16_384)
def clean_text(value: Loose, longest: int = 300) -> str:
    """A text on one line; numbers become text, null becomes ''."""
    if value is None:
        return ""
    text = str(value)
    if not text.isprintable():
        text = _CONTROL.sub(" ", text)
    return text.strip()[:longest]


def duration(seconds: float, longest: timedelta) -> timedelta:
    """A vendor's number of seconds, from none to the longest: no number is beyond a timedelta, and
    what is no number (a text "nan" is read as one) is none."""
    return timedelta(seconds=min(max(0, seconds), longest.total_seconds()))


def clean_serial(value: Loose) -> str:
    """A serial as our keys have it: trimmed, upper case."""
    return "" if value is None else str(value).strip().upper()


@lru_cache(maxsize=16_384)
def service_level(*texts: str) -> str:
    """The usual short name of a service level (4H, SBD, NBD, DEPOT, ONSITE), or ''."""
    for level, pattern in _LEVELS:
        if any(pattern.search(text) for text in texts):
            return level
    return ""
