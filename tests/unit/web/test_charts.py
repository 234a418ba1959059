"""Geometry of charts and time lines: whole, inside the picture, and never localised."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.utils import translation

from fleetward.web.charts import (
    Count,
    Part,
    Period,
    Series,
    bar_chart,
    donut,
    ring,
    scale,
    share_text,
)
from fleetward.web.components.timeline import Look, Span, timeline


@pytest.mark.parametrize("largest", [0, 1, 3, 4, 7, 99, 100, 101, 2_499, 12_431, 999_999])
def test_scale_covers_the_largest_in_whole_steps(largest: int) -> None:
    top, step = scale(largest)
    assert top >= largest
    assert top % step == 0
    assert 1 <= top // step <= 5


def test_stacked_segments_end_where_the_total_is() -> None:
    chart = bar_chart(
        "x", "x", [Series("A", "s1"), Series("B", "s2")], [Period("May", (Count(30), Count(70)))]
    )
    assert [(s.y, s.height) for s in chart.bars[0].segments] == [
        ("70.00%", "30.00%"),
        ("0.00%", "70.00%"),
    ]


def test_a_value_of_nothing_draws_nothing() -> None:
    chart = bar_chart("x", "x", [Series("A", "s1")], [Period("May", (Count(0),))])
    assert chart.bars[0].segments == ()
    assert chart.is_empty


def test_positions_keep_the_point_in_french() -> None:
    with translation.override("fr"):
        chart = bar_chart(
            "x", "x", [Series("A", "s1")], [Period(str(n), (Count(n),)) for n in range(7)]
        )
        line = timeline("x", [Span("A", date(2024, 1, 1), date(2026, 1, 1), Look.ACTIVE)], TODAY)
    positions = [b.x for b in chart.bars] + [b.x for b in line.bars] + [line.today_x]
    assert all(re.fullmatch(r"\d+\.\d\d%", position) for position in positions)


TODAY = date(2026, 11, 22)


def test_a_whole_ring_is_closed_by_two_halves() -> None:
    assert ring(0, 1).count("A") == 4
    assert ring(0.2, 0.2) == ""


@pytest.mark.parametrize(
    ("value", "total", "text"),
    [
        (0, 0, "0%"),
        (1, 3, "33%"),
        (2, 3, "67%"),
        (1, 1000, "0.1%"),
        (32, 1000, "3%"),
        (0, 10, "0%"),
        (10, 10, "100%"),
    ],
)
def test_small_shares_are_not_rounded_away(value: int, total: int, text: str) -> None:
    assert share_text(value, total) == text


def test_a_ring_tells_how_many_devices_it_has() -> None:
    rings = [donut("x", "x", [Part("A", number, "s1")]) for number in (0, 1, 2)]
    assert [(ring.total, ring.word) for ring in rings] == [
        ("0", "devices"),
        ("1", "device"),
        ("2", "devices"),
    ]


def test_a_donut_without_devices_has_no_paths() -> None:
    chart = donut("x", "x", [Part("A", 0, "s1"), Part("B", 0, "s2")])
    assert [s.path for s in chart.slices] == ["", ""]
    assert chart.total == "0"


def test_w19_a_span_without_end_reaches_the_edge() -> None:
    line = timeline("x", [Span("Rolling", date(2025, 1, 1), None, Look.ACTIVE)], TODAY)
    bar = line.bars[0]
    assert float(bar.x[:-1]) + float(bar.width[:-1]) == pytest.approx(100, abs=0.02)


def test_many_years_get_few_marks() -> None:
    line = timeline("x", [Span("Old", date(1996, 1, 1), date(2026, 1, 1), Look.ENDED)], TODAY)
    assert len(line.years) <= 10
