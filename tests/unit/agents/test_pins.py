"""How PINs are read, and when they enrol no more (E7)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetward.agents.contracts import PinLife, PinState
from fleetward.agents.rules import (
    PIN_LENGTH,
    of_source,
    pin_digest,
    read_pin,
    spelled,
    state_of,
    window_of,
)
from fleetward.kernel.ids import ALPHABET
from tests.cast import NOW

PINS = st.text(alphabet=ALPHABET, min_size=PIN_LENGTH, max_size=PIN_LENGTH)
MINUTE = timedelta(minutes=1)


@given(PINS, st.data())
def test_e7_a_pin_is_read_however_it_is_typed(pin: str, data: st.DataObject) -> None:
    typed = ""
    for symbol in pin:
        looks = {"0": "0Oo", "1": "1IiLl"}.get(symbol, symbol + symbol.lower())
        typed += data.draw(st.sampled_from(looks))
        typed += data.draw(st.sampled_from(["", " ", "-", "–", "\u00a0"]))
    assert read_pin(typed) == pin
    assert read_pin(spelled(pin)) == pin


@pytest.mark.parametrize(
    "typed", ["", "ABCD", "ABCDEFGHJKMNP", "ABCDEFGHJKMU", "ABCD_EFGH_JK", "é" * 12]
)
def test_what_cannot_be_a_pin_is_none(typed: str) -> None:
    assert read_pin(typed) == ""


def test_a_pin_is_in_groups_of_four() -> None:
    assert spelled("7KQ2M9XV4TB6") == "7KQ2-M9XV-4TB6"


def test_the_hash_of_a_pin_takes_time_and_holds_nothing_of_it() -> None:
    """60 bits: a hash that takes a nanosecond would give it away."""
    assert len(pin_digest("7KQ2M9XV4TB6")) == 64
    assert pin_digest("7KQ2M9XV4TB6") != pin_digest("7KQ2M9XV4TB7")


@pytest.mark.parametrize(
    ("life", "state"),
    [
        (PinLife(None, None, None, 900), PinState.ALIVE),
        (PinLife(None, NOW + MINUTE, 2, 1), PinState.ALIVE),
        (PinLife(None, NOW, None, 0), PinState.EXPIRED),
        (PinLife(None, None, 2, 2), PinState.USED_UP),
        (PinLife(NOW, NOW - MINUTE, 2, 2), PinState.REVOKED),
    ],
)
def test_a_pin_enrols_until_it_is_over(life: PinLife, state: PinState) -> None:
    assert state_of(life, NOW) is state


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("198.51.100.7", "source:198.51.100.7"),
        ("::ffff:198.51.100.7", "source:198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "source:2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "source:2001:db8:1:2::/64"),
        ("nonsense", "source:nonsense"),
    ],
)
def test_refusals_of_one_machine_are_counted_together(address: str, word: str) -> None:
    assert of_source(address) == word


def test_a_window_lasts_a_quarter_of_an_hour() -> None:
    begun = window_of(NOW + 14 * MINUTE)
    assert begun == NOW
    assert window_of(NOW + 15 * MINUTE) == NOW + 15 * MINUTE
