"""How the figures of a connection are read: ages of answers, shares, and what has changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from fleetward.warranty.contracts import Age, Figures, KeptFigures

# An answer is of an age when it was given less than so many days ago; of none of them it is older.
AGE_DAYS: Mapping[Age, int] = {Age.WEEK: 7, Age.MONTH: 30, Age.QUARTER: 90}
WEEK = timedelta(days=7)


def first_day(age: Age, today: date) -> date:
    """The first day whose answers are of this age or a younger one."""
    return today - timedelta(days=AGE_DAYS[age] - 1)


def days_of(age: Age, today: date) -> tuple[date | None, date | None]:
    """The first and the last day of an age; None is without limit. Of `NEVER` there is none."""
    ages = list(AGE_DAYS)
    if age not in AGE_DAYS:
        return None, first_day(ages[-1], today) - timedelta(days=1)
    place = ages.index(age)
    latest = first_day(ages[place - 1], today) - timedelta(days=1) if place else None
    return first_day(age, today), latest


def baseline_days(today: date) -> tuple[date, date]:
    """The days whose figures stand for those of a week ago: a week ago or up to six days earlier,
    for a day on which nothing ran; nearest first, the later day being the second.
    """
    return today - 2 * WEEK + timedelta(days=1), today - WEEK


def points_since(now: Figures, earlier: KeptFigures | None) -> float | None:
    """By how many points of percent the share found has changed.

    None where there were no devices then or are none now: that is no fault of the vendor.
    """
    if earlier is None or not earlier.devices or not now.devices:
        return None
    return 100 * now.found / now.devices - 100 * earlier.found / earlier.devices
