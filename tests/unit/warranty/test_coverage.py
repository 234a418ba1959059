"""What lines of cover amount to on a day: W8-W11, W17-W19."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from fleetward.warranty.contracts import (
    Coverage,
    Entitlement,
    EntitlementKind,
    NotCover,
    Reason,
    Status,
)
from fleetward.warranty.rules import LineUse, counting, coverage, line_use

TODAY = date(2026, 3, 3)
DIGITAL = NotCover("dell", "D")


def line(
    ends_on: date | None,
    starts_on: date | None = date(2024, 1, 1),
    *,
    source: str = "dell",
    code: str = "ND",
    is_rolling: bool = False,
    is_cancelled: bool = False,
) -> Entitlement:
    return Entitlement(
        source,
        code,
        "Next business day",
        EntitlementKind.BASE,
        starts_on,
        ends_on,
        is_rolling=is_rolling,
        is_cancelled=is_cancelled,
    )


def cover(*lines: Entitlement, on: date = TODAY, reason: Reason | None = None) -> Coverage:
    return coverage(lines, on=on, expiring_days=180, not_cover=[DIGITAL], reason=reason)


@pytest.mark.parametrize(
    ("days", "status"),
    [
        (-1, Status.OUT),
        (0, Status.EXPIRING),
        (180, Status.EXPIRING),
        (181, Status.IN),
    ],
)
def test_w10_status_follows_the_days_left(days: int, status: Status) -> None:
    assert cover(line(TODAY + timedelta(days=days))).status is status


def test_w10_end_today_is_still_covered() -> None:
    assert cover(line(TODAY)).is_covered


def test_w10_without_notice_days_only_the_last_day_is_expiring() -> None:
    last = coverage([line(TODAY)], on=TODAY, expiring_days=0, not_cover=[])
    before = coverage([line(TODAY)], on=TODAY - timedelta(1), expiring_days=0, not_cover=[])
    assert (last.status, before.status) == (Status.EXPIRING, Status.IN)


def test_w8_coverage_ends_at_the_latest_end_not_at_the_first_row() -> None:
    found = cover(line(date(2025, 1, 1)), line(date(2029, 1, 1)), line(date(2027, 1, 1)))
    assert (found.ends_on, found.status) == (date(2029, 1, 1), Status.IN)


def test_w8_coverage_starts_at_the_earliest_known_start() -> None:
    found = cover(line(date(2029, 1, 1)), line(TODAY, date(2022, 5, 1)), line(TODAY, None))
    assert found.starts_on == date(2022, 5, 1)


def test_w8_lines_without_any_start_cover_from_always() -> None:
    found = cover(line(TODAY, None))
    assert (found.starts_on, found.is_covered) == (None, True)


def test_w9_lines_that_are_no_hardware_cover_do_not_extend() -> None:
    found = cover(line(date(2025, 1, 1)), line(date(2035, 1, 1), code="d"))
    assert found.ends_on == date(2025, 1, 1)


def test_w9_the_same_code_of_another_provider_counts() -> None:
    found = cover(line(date(2035, 1, 1), code="D", source="hp"))
    assert found.ends_on == date(2035, 1, 1)


def test_w9_cancelled_contracts_do_not_count() -> None:
    found = cover(line(date(2035, 1, 1), is_cancelled=True), line(date(2025, 1, 1)))
    assert found.status is Status.OUT


def test_w11_no_answer_is_unknown_with_its_reason_never_out() -> None:
    found = cover(reason=Reason.VENDOR_DOWN)
    assert (found.status, found.reason) == (Status.UNKNOWN, Reason.VENDOR_DOWN)


def test_w11_a_found_device_without_hardware_line_has_no_cover_listed() -> None:
    found = cover(line(date(2035, 1, 1), code="D"))
    assert (found.status, found.reason) == (Status.UNKNOWN, Reason.NO_COVER_LISTED)


def test_w13_a_failed_look_up_does_not_hide_the_lines_there_are() -> None:
    found = cover(line(date(2029, 1, 1)), reason=Reason.VENDOR_DOWN)
    assert (found.status, found.reason) == (Status.IN, None)


def test_w17_hand_entered_lines_alone_count() -> None:
    found = cover(line(date(2035, 1, 1)), line(date(2025, 1, 1), source="manual"))
    assert (found.ends_on, found.status) == (date(2025, 1, 1), Status.OUT)


def test_w18_a_day_in_a_gap_is_not_covered_but_not_out() -> None:
    early, late = line(date(2025, 1, 1)), line(date(2028, 1, 1), date(2027, 1, 1))
    found = cover(early, late)
    assert (found.is_covered, found.status) == (False, Status.IN)


@pytest.mark.parametrize(
    ("on", "is_covered"),
    [
        (date(2023, 12, 31), False),
        (date(2024, 1, 1), True),
        (date(2026, 3, 3), True),
        (date(2026, 3, 4), False),
    ],
)
def test_w18_any_day_can_be_asked_and_both_ends_are_inside(on: date, is_covered: bool) -> None:
    assert cover(line(TODAY), on=on).is_covered is is_covered


def test_w19_a_rolling_line_without_end_is_covered_and_open() -> None:
    found = cover(line(None, is_rolling=True), line(date(2025, 1, 1)))
    assert (found.status, found.ends_on, found.is_rolling) == (Status.IN, None, True)


def test_w19_a_rolling_line_with_an_end_ends_there() -> None:
    found = cover(line(TODAY, is_rolling=True))
    assert (found.ends_on, found.is_rolling) == (TODAY, False)


def test_w19_a_line_without_end_that_does_not_roll_is_ignored() -> None:
    assert cover(line(None)).reason is Reason.NO_COVER_LISTED
    assert cover(line(None), line(TODAY)).ends_on == TODAY


def test_a_line_that_ends_before_it_starts_is_ignored() -> None:
    assert cover(line(date(2024, 1, 1), date(2025, 1, 1))).reason is Reason.NO_COVER_LISTED


@pytest.mark.parametrize(
    ("entitlement", "use"),
    [
        (line(TODAY), LineUse.COUNTS),
        (line(None, is_rolling=True), LineUse.COUNTS),
        (line(TODAY, is_cancelled=True), LineUse.CANCELLED),
        (line(TODAY, code="D"), LineUse.NOT_COVER),
        (line(None), LineUse.NO_END),
        (line(date(2020, 1, 1)), LineUse.ENDS_BEFORE_START),
    ],
)
def test_each_line_says_why_it_does_not_count(entitlement: Entitlement, use: LineUse) -> None:
    assert line_use(entitlement, not_cover=[DIGITAL]) is use


def test_w17_a_provider_line_beside_a_hand_entered_one_is_overridden() -> None:
    assert line_use(line(TODAY), not_cover=[], has_manual=True) is LineUse.OVERRIDDEN
    by_hand = line(TODAY, source="manual")
    assert line_use(by_hand, not_cover=[], has_manual=True) is LineUse.COUNTS


def test_counting_keeps_the_order() -> None:
    first, second = line(date(2029, 1, 1)), line(date(2027, 1, 1))
    assert counting([first, line(None), second], []) == (first, second)
