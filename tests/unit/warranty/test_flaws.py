"""Which lines are the same service bought twice, and which gaps can still be closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetward.warranty.contracts import (
    Double,
    Entitlement,
    EntitlementKind,
    FlawCount,
    FlawKind,
    FlawSummary,
    NotCover,
)
from fleetward.warranty.rules import counting, coverage, covered_periods, doubles, gap_kind, gaps

BASE, EXTENSION, CONTRACT = (
    EntitlementKind.BASE,
    EntitlementKind.EXTENSION,
    EntitlementKind.CONTRACT,
)
TODAY = date(2026, 11, 22)
DAY = timedelta(days=1)


def day(text: str) -> date:
    return date.fromisoformat(text)


def line(
    starts: str, ends: str, kind: EntitlementKind = EXTENSION, **fields: object
) -> Entitlement:
    known = {"source": "dell", "code": "ND", "name": "Next day", "kind": kind}
    starts_on, ends_on = (day(text) if text else None for text in (starts, ends))
    values: dict[str, object] = known | {"starts_on": starts_on, "ends_on": ends_on} | fields
    return Entitlement(**values)  # type: ignore[arg-type]


FIRST = line("2024-01-01", "2026-12-31")
LATER = line("2026-07-01", "2029-06-30")
DOUBLES = {
    "one code for days that overlap": LATER,
    "a line within another": line("2025-01-01", "2025-12-31"),
    "the same days under another contract": replace(FIRST, number="C-2"),
    "two days in common": line("2026-12-30", "2028-12-31"),
    "an extension that repeats the base warranty": replace(LATER, kind=BASE),
    "a subscription beside a contract": line("2025-01-01", "", is_rolling=True),
    "one code under another name": replace(LATER, name="Next business day"),
}
NO_DOUBLES = {
    "one after the other": line("2027-01-01", "2029-12-31"),
    "a last day that is the first of the next": line("2026-12-31", "2029-12-31"),
    "another service beside it": replace(LATER, code="PS"),
    "another source that tells of it": replace(LATER, source="lenovo"),
    "a line that is told twice": FIRST,
    "told twice, once under another name": replace(FIRST, name="Next business day"),
    "a cancelled contract": replace(LATER, is_cancelled=True),
    "no hardware cover": replace(LATER, name="Deployment"),
    "a start that nobody knows": line("", "2029-06-30"),
    "a line that ends before it starts": line("2026-12-31", "2026-01-01"),
}
NOT_COVER = [NotCover("dell", name_contains="deployment")]


@pytest.mark.parametrize("other", DOUBLES.values(), ids=DOUBLES)
def test_the_same_service_for_the_same_days_is_a_double(other: Entitlement) -> None:
    assert len(doubles([FIRST, other], NOT_COVER)) == 1
    assert len(doubles([other, FIRST], NOT_COVER)) == 1


@pytest.mark.parametrize("other", NO_DOUBLES.values(), ids=NO_DOUBLES)
def test_what_costs_nothing_twice_is_no_double(other: Entitlement) -> None:
    assert doubles([FIRST, other], NOT_COVER) == ()


def test_a_double_has_the_days_that_both_lines_cover() -> None:
    assert doubles([LATER, FIRST], []) == (
        Double(FIRST, LATER, day("2026-07-01"), day("2026-12-31")),
    )


def test_two_base_warranties_come_with_the_machine() -> None:
    assert doubles([replace(FIRST, kind=BASE), replace(LATER, kind=BASE)], []) == ()


def test_a_base_warranty_beside_a_better_service_is_no_double() -> None:
    base = line("2024-01-01", "2024-12-31", BASE, code="DP", name="Depot")
    assert doubles([base, line("2024-01-01", "2026-12-31")], []) == ()


def test_without_a_code_the_name_says_which_service_it_is() -> None:
    first, later = replace(FIRST, code=""), replace(LATER, code="")
    assert len(doubles([first, later], [])) == 1
    assert doubles([first, replace(later, name="Depot")], []) == ()
    nameless = [replace(one, name="") for one in (first, later)]
    assert doubles(nameless, []) == ()


def test_subscriptions_that_do_not_end_are_doubled_for_ever() -> None:
    first = line("2024-01-01", "", CONTRACT, number="1", is_rolling=True)
    (found,) = doubles([first, replace(first, number="2")], [])
    assert (found.starts_on, found.ends_on) == (day("2024-01-01"), None)


def test_of_three_lines_each_two_are_compared() -> None:
    third = line("2026-08-01", "2030-12-31")
    found = doubles([FIRST, LATER, third], [])
    assert [(one.first, one.second) for one in found] == [
        (FIRST, LATER),
        (FIRST, third),
        (LATER, third),
    ]


def test_w17_a_hand_entered_warranty_leaves_no_doubles() -> None:
    by_hand = line("2024-01-01", "2029-12-31", CONTRACT, source="manual", code="")
    assert doubles([FIRST, LATER, by_hand], []) == ()


def test_a_gap_is_to_come_until_its_last_day_is_over() -> None:
    assert gap_kind(TODAY, today=TODAY) is FlawKind.GAP_AHEAD
    assert gap_kind(TODAY - DAY, today=TODAY) is FlawKind.GAP_PAST


def test_all_flaws_are_those_of_every_kind() -> None:
    counts = {FlawKind.DOUBLE: FlawCount(2, is_simulated=True), FlawKind.GAP_PAST: FlawCount(3)}
    summary = FlawSummary(TODAY, counts, [])
    assert (summary.flaws, summary.is_simulated) == (5, True)


days = st.integers(-40, 40).map(lambda n: TODAY + timedelta(days=n))
lines = st.builds(
    Entitlement,
    source=st.sampled_from(["dell", "lenovo"]),
    code=st.sampled_from(["ND", "PS", ""]),
    name=st.sampled_from(["Next day", ""]),
    kind=st.sampled_from(EntitlementKind),
    starts_on=st.none() | days,
    ends_on=st.none() | days,
    number=st.sampled_from(["", "1"]),
    is_rolling=st.booleans(),
    is_cancelled=st.booleans(),
)
machines = st.lists(lines, max_size=5)
EVERY_DAY = [TODAY + n * DAY for n in range(-45, 46)]


def is_covered(machine: list[Entitlement], on: date) -> bool:
    return coverage(machine, on=on, expiring_days=180, not_cover=()).is_covered


@given(machine=machines)
def test_a_day_is_in_a_gap_if_it_is_uncovered_between_covered_days(
    machine: list[Entitlement],
) -> None:
    covered = [is_covered(machine, on) for on in EVERY_DAY]
    found = gaps(covered_periods(machine, ()))
    for place, on in enumerate(EVERY_DAY):
        is_between = any(covered[:place]) and any(covered[place:])
        told = sum(
            gap.starts_on <= on <= gap.ends_on for gap in found if gap.starts_on and gap.ends_on
        )
        assert told == (not covered[place] and is_between)


@given(machine=machines)
def test_on_the_days_of_a_double_both_lines_cover_one_service(machine: list[Entitlement]) -> None:
    for double in doubles(machine, ()):
        pair = [double.first, double.second]
        assert set(pair) <= set(counting(machine, ()))
        assert len({(one.source, one.code or one.name) for one in pair}) == 1
        for on in EVERY_DAY:
            is_double = double.starts_on <= on <= (double.ends_on or date.max)
            assert is_double == all(is_covered([one], on) for one in pair)


@given(machine=machines)
def test_lines_told_again_and_in_another_order_change_nothing(machine: list[Entitlement]) -> None:
    def told(some: list[Entitlement]) -> list[str]:
        return sorted(
            str((one.starts_on, one.ends_on, sorted(map(str, (one.first, one.second)))))
            for one in doubles(some, ())
        )

    assert told([*machine[::-1], *machine]) == told(machine)
