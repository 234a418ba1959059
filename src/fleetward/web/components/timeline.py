"""Entitlements on a time line: positions as percentages, drawn as SVG attributes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from fleetward.web.components.cells import day_html

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

MOST_YEAR_MARKS = 9


class Look(StrEnum):
    """How a bar is drawn; its words stand beside it and in the legend (design, section 14)."""

    ACTIVE = "active"
    EXPIRING = "expiring"
    FUTURE = "future"
    ENDED = "ended"
    VOID = "void"


LOOK_TEXTS: dict[Look, StrPromise] = {
    Look.ACTIVE: gettext_lazy("Active"),
    Look.EXPIRING: pgettext_lazy("of an entitlement", "Expiring"),
    Look.FUTURE: gettext_lazy("Starts later"),
    Look.ENDED: gettext_lazy("Ended"),
    Look.VOID: gettext_lazy("Does not count"),
}


@dataclass(frozen=True, slots=True)
class Span:
    """A line of cover. No end: still open."""

    name: str
    starts_on: date | None
    ends_on: date | None
    look: Look
    note: str = ""

    @property
    def state(self) -> str:
        return str(LOOK_TEXTS[self.look])


class Flaw(StrEnum):
    """What lies between lines of cover, drawn behind all of them."""

    GAP = "gap"
    DOUBLE = "double"


FLAW_TEXTS: dict[Flaw, StrPromise] = {
    Flaw.GAP: gettext_lazy("No cover"),
    Flaw.DOUBLE: gettext_lazy("Bought twice"),
}


@dataclass(frozen=True, slots=True)
class Band:
    """Days of a flaw. No end: still open."""

    flaw: Flaw
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class BandView:
    flaw: Flaw
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Bar:
    span: Span
    x: str
    width: str
    period: SafeString


@dataclass(frozen=True, slots=True)
class YearMark:
    x: str
    label: str


@dataclass(frozen=True, slots=True)
class Timeline:
    caption: str
    bars: tuple[Bar, ...]
    years: tuple[YearMark, ...]
    today_x: str
    bands: tuple[BandView, ...] = ()

    @property
    def legend(self) -> list[tuple[str, str]]:
        """The looks that are drawn, each with its words."""
        drawn = {bar.span.look for bar in self.bars}
        return [(look.value, str(text)) for look, text in LOOK_TEXTS.items() if look in drawn]

    @property
    def flaws(self) -> list[tuple[str, str]]:
        drawn = {band.flaw for band in self.bands}
        return [(flaw.value, str(text)) for flaw, text in FLAW_TEXTS.items() if flaw in drawn]


def timeline(
    caption: str, spans: Sequence[Span], today: date, flaws: Sequence[Band] = ()
) -> Timeline:
    """Place spans between the first start and the last end, with today in sight."""
    days = [d for s in spans for d in (s.starts_on, s.ends_on) if d is not None] + [today]
    first = min(days).replace(day=1) - timedelta(days=20)
    latest = max(days) + timedelta(days=120)

    def at(day: date) -> float:
        return 100 * (day - first).days / (latest - first).days

    def place(starts_on: date, ends_on: date | None) -> tuple[str, str]:
        left = at(starts_on)
        right = at(ends_on + timedelta(days=1)) if ends_on else 100.0
        return percent(left), percent(max(right - left, 0.4))

    def bar(span: Span) -> Bar:
        return Bar(span, *place(span.starts_on or first, span.ends_on), period_text(span))

    def band(one: Band) -> BandView:
        return BandView(one.flaw, *place(one.starts_on, one.ends_on))

    step = max(1, -(-(latest.year - first.year) // MOST_YEAR_MARKS))
    years = range(first.year + 1, latest.year + 1, step)
    marks = tuple(YearMark(percent(at(date(year, 1, 1))), str(year)) for year in years)
    bars, bands = tuple(map(bar, spans)), tuple(map(band, flaws))
    return Timeline(caption, bars, marks, percent(at(today)), bands)


def percent(value: float) -> str:
    """Never localised: a decimal comma would break the drawing."""
    return f"{value:.2f}%"


def period_text(span: Span) -> SafeString:
    start = day_html(span.starts_on)
    end = day_html(span.ends_on) if span.ends_on else SafeString(_("no end date"))
    return start + SafeString(" – ") + end
