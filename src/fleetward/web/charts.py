"""Geometry of the dashboard's charts: stacked bars over months and donuts, as SVG attributes.

Drawn by the server: they work without script, each part is a link to the list behind it, and the
strict content security policy needs no exception.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fleetward.web.components.cells import number_text
from fleetward.web.components.timeline import percent

PALETTE = ("s1", "s2", "s3", "s4", "s5", "s6")
Tip = tuple[str, list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Series:
    """What a colour stands for. `look`: s1 to s6, is-good, is-warn, is-bad or is-quiet."""

    label: str
    look: str


class Rank(StrEnum):
    """How much room a mark under the axis needs before it is shown."""

    ALWAYS = "is-always"
    USUALLY = "is-mid"
    WIDE = "is-minor"


@dataclass(frozen=True, slots=True)
class Count:
    """A value of a month and the list behind it."""

    value: int
    href: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """A month: its name, the mark under the axis ('' for none), a value for each series."""

    name: str
    parts: tuple[Count, ...]
    href: str = ""
    mark: str = ""
    rank: Rank = Rank.ALWAYS
    is_past: bool = False
    is_now: bool = False

    @property
    def values(self) -> list[int]:
        return [part.value for part in self.parts]


@dataclass(frozen=True, slots=True)
class Segment:
    y: str
    height: str
    look: str


@dataclass(frozen=True, slots=True)
class BarView:
    period: Period
    label: str
    x: str
    width: str
    hit_x: str
    hit_width: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    y: str
    label: str


@dataclass(frozen=True, slots=True)
class BarChart:
    dom_id: str
    caption: str
    series: tuple[Series, ...]
    bars: tuple[BarView, ...]
    ticks: tuple[Tick, ...]
    tips: list[Tip]
    now_x: str
    axis: str

    @property
    def tips_id(self) -> str:
        return f"{self.dom_id}-tips"

    @property
    def is_empty(self) -> bool:
        return not any(sum(bar.period.values) for bar in self.bars)


def bar_chart(
    dom_id: str,
    caption: str,
    series: Sequence[Series],
    periods: Sequence[Period],
    axis: str = "",
) -> BarChart:
    """Stack each period's values and scale them to a round number. `axis`: what periods are."""
    top, step = scale(max((sum(p.values) for p in periods), default=0))
    slot = 100 / max(len(periods), 1)

    def bar(index: int, period: Period) -> BarView:
        left = index * slot
        return BarView(
            period=period,
            label=named(period.name, number_text(sum(period.values))),
            x=percent(left + slot * 0.16),
            width=percent(slot * 0.68),
            hit_x=percent(left),
            hit_width=percent(slot),
            segments=_stack(period.values, series, top),
        )

    ticks = [Tick(percent(100 - 100 * v / top), number_text(v)) for v in range(top, -1, -step)]
    now = next((i for i, p in enumerate(periods) if p.is_now), None)
    return BarChart(
        dom_id=dom_id,
        caption=caption,
        series=tuple(series),
        bars=tuple(bar(i, p) for i, p in enumerate(periods)),
        ticks=tuple(ticks),
        tips=[_tip(p, series) for p in periods],
        now_x="" if now is None else percent(now * slot),
        axis=axis or _("Month"),
    )


def _stack(values: Sequence[int], series: Sequence[Series], top: int) -> tuple[Segment, ...]:
    segments, below = [], 0
    for value, one in zip(values, series, strict=True):
        if value:
            below += value
            segments.append(
                Segment(percent(100 - 100 * below / top), percent(100 * value / top), one.look)
            )
    return tuple(segments)


def _tip(period: Period, series: Sequence[Series]) -> Tip:
    rows = [(s.label, number_text(v)) for s, v in zip(series, period.values, strict=True) if v]
    return named(period.name, number_text(sum(period.values))), rows


def named(label: str, value: str) -> str:
    """A value behind its name, with the colon as the language sets it."""
    return _("%(label)s:") % {"label": label} + f" {value}"


def scale(largest: int) -> tuple[int, int]:
    """A round top not below the largest value, and the step of four or five ticks."""
    wanted = max(largest, 4) / 4
    power = 10 ** math.floor(math.log10(wanted))
    step = next(math.ceil(power * m) for m in (1, 2, 2.5, 5, 10) if power * m >= wanted)
    return step * max(math.ceil(largest / step), 1), step


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a donut and the list behind it."""

    label: str
    value: int
    look: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Slice:
    part: Part
    path: str
    share: str
    label: str


@dataclass(frozen=True, slots=True)
class Donut:
    """`href`: the list behind the total."""

    dom_id: str
    caption: str
    total: str
    word: str
    slices: tuple[Slice, ...]
    tips: list[Tip]
    href: str = ""

    @property
    def tips_id(self) -> str:
        return f"{self.dom_id}-tips"


def donut(dom_id: str, caption: str, parts: Sequence[Part], href: str = "") -> Donut:
    """Cut a ring of devices; their number stands in it."""
    total = sum(p.value for p in parts)
    word = ngettext("device", "devices", total)
    slices, start = [], 0.0
    for part in parts:
        size = part.value / total if total else 0.0
        share = share_text(part.value, total)
        label = named(part.label, f"{number_text(part.value)} ({share})")
        slices.append(Slice(part, ring(start, start + size), share, label))
        start += size
    tips: list[Tip] = [(s.part.label, [(number_text(s.part.value), s.share)]) for s in slices]
    return Donut(dom_id, caption, number_text(total), word, tuple(slices), tips, href)


def share_text(value: int, total: int) -> str:
    """A share in percent; a small one is not rounded away to nothing."""
    share = 100 * value / total if total else 0.0
    shown = number_text(share, 1 if 0 < share < 1 else 0)
    return _("%(share)s%%") % {"share": shown}


def ring(
    start: float, end: float, outer: float = 60, inner: float = 43, widest_gap: float = 0.004
) -> str:
    """The path of a ring's part around (66, 66), from and to in turns; whole rings need two."""
    if end - start <= 0:
        return ""
    if end - start > 0.999:
        return ring(0, 0.5, outer, inner, 0) + ring(0.5, 1, outer, inner, 0)
    gap = min(widest_gap, (end - start) / 4)
    (x1, y1), (x2, y2) = _point(start + gap, outer), _point(end - gap, outer)
    (x3, y3), (x4, y4) = _point(end - gap, inner), _point(start + gap, inner)
    large = 1 if end - start > 0.5 else 0
    return (
        f"M{x1:.2f} {y1:.2f}A{outer} {outer} 0 {large} 1 {x2:.2f} {y2:.2f}"
        f"L{x3:.2f} {y3:.2f}A{inner} {inner} 0 {large} 0 {x4:.2f} {y4:.2f}Z"
    )


def _point(turn: float, radius: float) -> tuple[float, float]:
    angle = 2 * math.pi * turn - math.pi / 2
    return 66 + radius * math.cos(angle), 66 + radius * math.sin(angle)
