"""How the figures of a connection are read: ages of answers, and what has changed in a week."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from fleetward.warranty.contracts import Age, Figures, KeptFigures
from fleetward.warranty.rules import baseline_days, days_of, first_day, points_since

DAY = date(2026, 11, 22)


def age_of(days_ago: int) -> list[Age]:
    """Every age whose days hold the one so long ago."""
    day = DAY - timedelta(days=days_ago)
    return [
        age
        for age in (Age.WEEK, Age.MONTH, Age.QUARTER, Age.OLDER)
        if (days_of(age, DAY)[0] or date.min) <= day <= (days_of(age, DAY)[1] or date.max)
    ]


@pytest.mark.parametrize(
    ("days_ago", "age"),
    [
        (-1, Age.WEEK),
        (0, Age.WEEK),
        (6, Age.WEEK),
        (7, Age.MONTH),
        (29, Age.MONTH),
        (30, Age.QUARTER),
        (89, Age.QUARTER),
        (90, Age.OLDER),
        (4_000, Age.OLDER),
    ],
)
def test_an_answer_is_of_one_age(days_ago: int, age: Age) -> None:
    assert age_of(days_ago) == [age]


def test_an_age_begins_with_its_first_day() -> None:
    assert first_day(Age.WEEK, DAY) == date(2026, 11, 16)
    assert days_of(Age.MONTH, DAY) == (date(2026, 10, 24), date(2026, 11, 15))


def test_a_week_ago_may_be_six_days_earlier() -> None:
    assert baseline_days(DAY) == (date(2026, 11, 9), date(2026, 11, 15))


@pytest.mark.parametrize(
    ("found", "of", "found_then", "of_then", "points"),
    [
        (90, 100, 95, 100, -5.0),
        (99, 100, 50, 100, 49.0),
        # Twice as many devices with the same share are no drift.
        (180, 200, 90, 100, 0.0),
        (0, 0, 90, 100, None),
        (90, 100, 0, 0, None),
    ],
)
def test_drift_is_the_change_of_the_share_found(
    found: int, of: int, found_then: int, of_then: int, points: float | None
) -> None:
    earlier = KeptFigures(DAY, devices=of_then, answered=of_then, found=found_then)
    assert points_since(Figures(devices=of, found=found), earlier) == points


def test_without_earlier_figures_there_is_no_drift() -> None:
    assert points_since(Figures(devices=1, found=1), None) is None
