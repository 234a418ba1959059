"""Invariants of coverage on random lines (W8-W11, W17-W19)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fleetward.warranty.contracts import (
    Coverage,
    Entitlement,
    EntitlementKind,
    NotCover,
    Reason,
    Status,
)
from fleetward.warranty.rules import coverage, covered_periods, gaps

DAYS = st.dates(date(2015, 1, 1), date(2035, 1, 1))
NOT_COVER = [NotCover("dell", "D"), NotCover("", name_contains="setup")]
LINES = st.builds(
    Entitlement,
    source=st.sampled_from(["dell", "hp", "lenovo"]),
    code=st.sampled_from(["ND", "D"]),
    name=st.sampled_from(["Onsite", "Initial Setup"]),
    kind=st.sampled_from(EntitlementKind),
    starts_on=st.none() | DAYS,
    ends_on=st.none() | DAYS,
    is_rolling=st.booleans(),
    is_cancelled=st.booleans(),
)
# Of random lines one in eight counts: half of a device's lines are made so that more do.
COUNTING = LINES.map(lambda line: replace(line, code="ND", name="Onsite", is_cancelled=False))
DEVICES = st.lists(LINES | COUNTING, max_size=6)
NOTICE = st.integers(0, 400)
ROLLING = COUNTING.map(lambda line: replace(line, is_rolling=True, ends_on=None))
ENDING = st.lists(LINES.map(lambda line: replace(line, is_rolling=False)), max_size=5)
OPEN = date.max


def cover(lines: list[Entitlement], on: date, notice: int = 180) -> Coverage:
    return coverage(lines, on=on, expiring_days=notice, not_cover=NOT_COVER)


def end(found: Coverage) -> date:
    """The end as a number that can be compared: open-ended last, nothing first."""
    return OPEN if found.is_rolling else found.ends_on or date.min


@given(st.data(), DEVICES, DAYS)
def test_w8_the_order_of_lines_does_not_matter(
    data: st.DataObject, lines: list[Entitlement], on: date
) -> None:
    assert cover(data.draw(st.permutations(lines)), on) == cover(lines, on)


@given(DEVICES, COUNTING, DAYS)
def test_w8_another_line_never_shortens_cover(
    lines: list[Entitlement], extra: Entitlement, on: date
) -> None:
    before, after = cover(lines, on), cover([*lines, extra], on)
    assert end(after) >= end(before)
    assert after.is_covered >= before.is_covered


@given(DEVICES, LINES, DAYS)
def test_w9_cancelled_lines_never_matter(
    lines: list[Entitlement], extra: Entitlement, on: date
) -> None:
    cancelled = replace(extra, is_cancelled=True)
    assert cover([*lines, cancelled], on) == cover(lines, on)


@given(DEVICES, LINES, DAYS)
def test_w9_lines_that_are_no_cover_never_matter(
    lines: list[Entitlement], extra: Entitlement, on: date
) -> None:
    setup = replace(extra, name="Initial SETUP")
    assert cover([*lines, setup], on) == cover(lines, on)


@given(ENDING, COUNTING, DAYS, DAYS)
def test_w10_the_last_day_is_covered_and_the_next_is_out(
    lines: list[Entitlement], sure: Entitlement, ends_on: date, on: date
) -> None:
    sure = replace(sure, is_rolling=False, starts_on=None, ends_on=ends_on)
    lines = [*lines, sure]
    latest = cover(lines, on).ends_on
    assert latest is not None
    assert cover(lines, latest).is_covered
    assert cover(lines, latest + timedelta(days=1)).status is Status.OUT


@given(DEVICES, COUNTING, DAYS, NOTICE, NOTICE)
def test_w10_a_covered_day_is_never_out(
    lines: list[Entitlement], sure: Entitlement, on: date, left: int, notice: int
) -> None:
    sure = replace(sure, starts_on=on, ends_on=on + timedelta(days=left))
    found = cover([*lines, sure], on, notice)
    assert found.is_covered
    assert found.status in (Status.IN, Status.EXPIRING)


@given(DEVICES, DAYS, NOTICE)
def test_w10_notice_days_only_move_between_in_and_expiring(
    lines: list[Entitlement], on: date, notice: int
) -> None:
    with_notice, without = cover(lines, on, notice), cover(lines, on, 0)
    covered = {Status.IN, Status.EXPIRING}
    assert with_notice.status is without.status or {with_notice.status, without.status} == covered


@given(DEVICES, DAYS, st.none() | st.sampled_from(Reason))
def test_w11_a_reason_stands_exactly_beside_unknown(
    lines: list[Entitlement], on: date, reason: Reason | None
) -> None:
    found = coverage(lines, on=on, expiring_days=180, not_cover=NOT_COVER, reason=reason)
    assert (found.reason is not None) == (found.status is Status.UNKNOWN)
    if found.reason is not None:
        assert found.reason is (reason or Reason.NO_COVER_LISTED)


@given(DEVICES, st.lists(LINES, min_size=1, max_size=3), DAYS)
def test_w17_beside_hand_entered_lines_nothing_else_matters(
    lines: list[Entitlement], by_hand: list[Entitlement], on: date
) -> None:
    manual = [replace(line, source="manual") for line in by_hand]
    assert cover([*lines, *manual], on) == cover(manual, on)


@given(DEVICES, DAYS)
def test_w18_the_answer_of_a_day_agrees_with_the_time_line(
    lines: list[Entitlement], on: date
) -> None:
    periods = covered_periods(lines, NOT_COVER)
    inside = [
        p
        for p in periods
        if (p.starts_on is None or p.starts_on <= on) and (p.ends_on is None or on <= p.ends_on)
    ]
    assert len(inside) == cover(lines, on).is_covered


@given(DEVICES)
def test_gaps_and_periods_share_no_day(lines: list[Entitlement]) -> None:
    periods = covered_periods(lines, NOT_COVER)
    free = gaps(periods)
    assert len(free) == max(len(periods) - 1, 0)
    for gap in free:
        assert gap.starts_on is not None
        assert not cover(lines, gap.starts_on).is_covered


@given(DEVICES, ROLLING, DAYS)
def test_w19_rolling_means_open_and_open_means_in(
    lines: list[Entitlement], rolling: Entitlement, on: date
) -> None:
    found = cover([*lines, rolling], on)
    assert (found.is_rolling, found.status, found.ends_on) == (True, Status.IN, None)
