"""Conditions of the device list: read from words, resolved to days, and nothing else taken."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from fleetward.warranty.queries.grid_conditions import (
    FIELDS,
    MOST_CONDITIONS,
    MOST_VALUES,
    Condition,
    Op,
    Stretch,
    left_over,
    read_conditions,
)

TODAY = date(2026, 3, 3)


def read(*words: str) -> tuple[Condition, ...]:
    return read_conditions(words, today=TODAY, zone="Europe/Paris")


def test_alternatives_of_one_comparison_become_one() -> None:
    assert read("location:is:Paris", "location:is:Lyon", "location:is:Paris") == (
        Condition("location", Op.IS, ("Paris", "Lyon")),
    )


def test_a_value_may_hold_the_separator() -> None:
    (one,) = read("name:has:a:b")
    assert (one.values, one.words) == (("a:b",), ("name:has:a:b",))


@pytest.mark.parametrize(
    ("word", "first", "until"),
    [
        ("ends_on:next:30", TODAY, TODAY + timedelta(days=31)),
        ("ends_on:past:30", TODAY - timedelta(days=30), TODAY + timedelta(days=1)),
        ("ends_on:before:2026-01-05", None, date(2026, 1, 5)),
        ("ends_on:after:2026-01-05", date(2026, 1, 6), None),
        ("ends_on:is:2026-01-05", date(2026, 1, 5), date(2026, 1, 6)),
    ],
)
def test_days_are_stretches(word: str, first: date | None, until: date | None) -> None:
    (one,) = read(word)
    assert one.stretches == (Stretch(first, until),)


def test_several_days_are_alternatives() -> None:
    (one,) = read("ends_on:is:2026-01-05", "ends_on:is:2026-03-03")
    assert [stretch.first for stretch in one.stretches] == [date(2026, 1, 5), TODAY]


@pytest.mark.parametrize("op", ["before", "after", "next", "past"])
def test_several_ends_must_all_hold(op: str) -> None:
    """Each is a condition of its own, so that each has a chip and none is lost in silence."""
    values = ("7", "30") if op in ("next", "past") else ("2026-01-05", "2026-03-03")
    found = read(*(f"ends_on:{op}:{value}" for value in (*values, values[0])))
    assert [one.values for one in found] == [(values[0],), (values[1],)]


def test_a_group_has_one_form() -> None:
    (one,) = read("group:not:6F9619FF8B86D011B42D00CF4FC964FF")
    assert one.values == ("6f9619ff-8b86-d011-b42d-00cf4fc964ff",)


def test_a_moment_is_compared_with_the_tenants_own_day() -> None:
    (one,) = read("checked_at:is:2026-01-05")
    (stretch,) = one.stretches
    assert isinstance(stretch.first, datetime)
    assert stretch.first.astimezone(UTC) == datetime(2026, 1, 4, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    "word",
    [
        "",
        "location",
        "location:is",
        "location:is:",
        "location:before:Paris",
        "nothing:is:x",
        "location:empty:x",
        "ends_on:before:soon",
        "ends_on:before:9999-12-31",
        "ends_on:next:-1",
        "ends_on:next:4000",
        "ends_on:next:²",
        "is_virtual:is:perhaps",
        "location:is:\0",
        "status:is:out",
        "status:empty",
        "reason:is:BORED",
        "group:not:Paris",
        "group:is:6f9619ff-8b86-d011-b42d-00cf4fc964ff",
    ],
)
def test_what_is_no_condition_is_left_out(word: str) -> None:
    assert read(word) == ()


def test_there_are_never_too_many() -> None:
    words = [f"{name}:{op}:1" for name in FIELDS for op in Op]
    assert len(read(*words)) <= MOST_CONDITIONS


def test_what_is_too_many_is_told_once() -> None:
    days = [f"ends_on:after:2026-01-{day:02}" for day in range(1, MOST_CONDITIONS + 1)]
    assert left_over([*days, days[0], "location:bogus"]) == ()
    over = left_over([*days, "location:is:Lyon", "asset_tag:empty", "location:is:Lyon"])
    assert over == (Condition("location", Op.IS, ("Lyon",)), Condition("asset_tag", Op.EMPTY))
    assert len(read(*days, "location:is:Lyon")) == MOST_CONDITIONS


def test_so_is_a_value_too_many() -> None:
    values = [f"location:is:{number}" for number in range(MOST_VALUES)]
    assert left_over([*values, values[3]]) == ()
    assert left_over([*values, "location:is:Lyon"]) == (Condition("location", Op.IS, ("Lyon",)),)
    (one,) = read(*values, "location:is:Lyon")
    assert len(one.values) == MOST_VALUES


def test_what_is_written_is_read_again() -> None:
    given = read("location:not:Paris", "ends_on:next:7", "asset_tag:empty", "is_virtual:is:no")
    assert read(*(word for one in given for word in one.words)) == given
