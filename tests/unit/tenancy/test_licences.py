"""Licence keys as text, and how a tenant stands with those that it has (L3, T4)."""

from __future__ import annotations

import base64
import json
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetward.tenancy.contracts import LicenceState
from fleetward.tenancy.licences.contracts import (
    Licence,
    LicenceDamaged,
    LicenceOfAnotherSigner,
)
from fleetward.tenancy.licences.rules import (
    live_seats,
    may_offer,
    peek,
    public_key_of,
    read_key,
    state_of,
    surplus,
    to_move,
    warning_of,
    write_key,
)

DAY = date(2026, 11, 22)
SECRET, OTHER = b"s" * 32, b"o" * 32
OURS = public_key_of(SECRET)
KEY = Licence(UUID(int=7), "ABC123DEF4", "PREMIUM", 10, DAY, DAY + timedelta(days=365))
ENDED = replace(KEY, starts_on=DAY - timedelta(days=9), ends_on=DAY - timedelta(days=1))
LATER = replace(KEY, starts_on=DAY + timedelta(days=1))


def test_a_key_says_what_was_written_also_after_a_mail_has_broken_its_lines() -> None:
    text = write_key(KEY, SECRET)
    assert read_key(text, OURS) == KEY == peek(text)
    assert read_key(f" {text[:40]}\r\n {text[40:]}\n", OURS) == KEY


def _text(told: object) -> str:
    said = base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")
    return f"FWL1.{said}.AAAA"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "FWL1",
        "FWL1.%.%",
        "FWL1.AAAA.AAAA",
        "FWL1.ée.AAAA",
        _text([1]),
        _text({"id": "x"}),
        _text({"id": str(UUID(int=1)), "customer": "A", "plan": "P", "seats": "many"}),
        "FWL2" + write_key(KEY, SECRET)[4:],
        write_key(replace(KEY, seats=0), SECRET),
        write_key(replace(KEY, ends_on=DAY - timedelta(days=1)), SECRET),
    ],
)
def test_what_is_no_key_is_damaged(text: str) -> None:
    with pytest.raises(LicenceDamaged):
        peek(text)


def test_a_key_counts_only_where_it_was_signed_and_as_it_was_signed() -> None:
    text = write_key(KEY, SECRET)
    for known in (None, public_key_of(OTHER)):
        with pytest.raises(LicenceOfAnotherSigner):
            read_key(text, known)
    more = write_key(replace(KEY, seats=99), SECRET).split(".")[1]
    with pytest.raises(LicenceDamaged):
        read_key(f"FWL1.{more}.{text.split('.')[2]}", OURS)


@given(st.integers(0, 400), st.characters(min_codepoint=33, max_codepoint=126))
def test_no_changed_character_makes_another_key(place: int, character: str) -> None:
    text = write_key(KEY, SECRET)
    at = place % len(text)
    try:
        assert read_key(text[:at] + character + text[at + 1 :], OURS) == KEY
    except (LicenceDamaged, LicenceOfAnotherSigner):
        assert text[at] != character


@pytest.mark.parametrize(
    ("keys", "used", "state"),
    [
        ([], {"PREMIUM": 99}, LicenceState.UNLIMITED),
        ([KEY], {}, LicenceState.OK),
        ([KEY], {"PREMIUM": 10}, LicenceState.OK),
        ([KEY], {"PREMIUM": 11}, LicenceState.OVERENROLLED),
        ([KEY], {"PREMIUM": 5, "STANDARD": 1}, LicenceState.OVERENROLLED),
        ([KEY, KEY], {"PREMIUM": 20}, LicenceState.OK),
        ([KEY, ENDED], {"PREMIUM": 11}, LicenceState.OVERENROLLED),
        ([ENDED], {}, LicenceState.SUSPENDED),
        ([ENDED, LATER], {"PREMIUM": 1}, LicenceState.OVERENROLLED),
        ([replace(KEY, ends_on=DAY)], {"PREMIUM": 1}, LicenceState.OK),
    ],
)
def test_state_of_a_tenant(keys: list[Licence], used: dict[str, int], state: LicenceState) -> None:
    assert state_of(keys, used, DAY) is state


TERMS = st.tuples(st.integers(-30, 30), st.integers(0, 30), st.integers(1, 20)).map(
    lambda one: replace(
        KEY,
        starts_on=DAY + timedelta(days=one[0]),
        ends_on=DAY + timedelta(days=one[0] + one[1]),
        seats=one[2],
    )
)


@given(st.lists(TERMS, max_size=5), st.integers(0, 80), TERMS)
def test_another_key_never_makes_it_worse_once_there_is_one(
    keys: list[Licence], devices: int, more: Licence
) -> None:
    order = [LicenceState.OK, LicenceState.OVERENROLLED, LicenceState.SUSPENDED]
    used = {"PREMIUM": devices}
    before, after = state_of(keys, used, DAY), state_of([*keys, more], used, DAY)
    assert (before is LicenceState.UNLIMITED) == (not keys)
    if keys:
        assert order.index(after) <= order.index(before)
    over = surplus(used, live_seats(keys, DAY))
    assert sum(over.values()) == max(0, devices - live_seats(keys, DAY)["PREMIUM"])


@pytest.mark.parametrize(
    ("used", "seats", "numbers"),
    [
        ({"A": 5}, {"A": 3, "B": 4}, {"A": 2}),
        ({"A": 5, "B": 3}, {"A": 3, "B": 4}, {"A": 1}),
        ({"A": 5, "B": 4}, {"A": 3, "B": 4}, {}),
        ({"A": 5, "B": 6}, {"A": 3, "B": 4}, {}),
        ({"A": 5, "C": 2}, {"A": 3, "B": 3}, {"A": 2, "C": 1}),
        ({"A": 3}, {"A": 3, "B": 4}, {}),
    ],
)
def test_l3_what_has_no_seat_moves_as_far_as_another_plan_has_some(
    used: dict[str, int], seats: dict[str, int], numbers: dict[str, int]
) -> None:
    assert to_move(used, seats, "B") == numbers


NUMBERS = st.dictionaries(st.sampled_from(["A", "B", "C"]), st.integers(0, 20))


@given(NUMBERS, NUMBERS)
def test_l3_no_more_moves_than_is_over_and_where_seats_suffice_all_are_in_order(
    used: dict[str, int], seats: dict[str, int]
) -> None:
    over, moved = surplus(used, seats), to_move(used, seats, "B")
    assert all(over[plan] <= used[plan] for plan in over)
    assert all(0 < number <= over[plan] for plan, number in moved.items())
    after = Counter(used)
    after.subtract(moved)
    after["B"] += sum(moved.values())
    left = surplus(after, seats)
    free = max(0, seats.get("B", 0) - used.get("B", 0))
    assert sum(left.values()) == max(0, sum(over.values()) - free)


@pytest.mark.parametrize(
    ("days", "told"), [(-1, None), (0, 7), (7, 7), (8, 30), (30, 30), (31, None)]
)
def test_admins_are_told_30_and_7_days_before_the_end(days: int, told: int | None) -> None:
    assert warning_of(DAY + timedelta(days=days), DAY) == told


def test_t4_one_of_the_programmes_of_a_plan_suffices_and_none_is_for_all() -> None:
    assert may_offer([], [])
    assert may_offer(["RESELL", "SERVICE"], ["SERVICE"])
    assert not may_offer(["SERVICE"], ["RESELL"])
