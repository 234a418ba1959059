"""What an address of the device list holds is read, or left out; never a mistake of ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from urllib.parse import urlencode

from django.http import QueryDict
from hypothesis import example, given
from hypothesis import strategies as st

from fleetward.warranty.queries.grid_conditions import FIELDS, Op
from fleetward.warranty.queries.grid_filter import DeviceFilter
from fleetward.warranty.queries.grid_words import (
    ANSWERS,
    ENDS,
    NAMES,
    STATES,
    Words,
    query_of,
    read_filter,
    strange,
    words_in,
)
from fleetward.web.layouts import NARROWEST, WIDEST
from fleetward.web.pages.devices_columns import CATALOGUE, SPECS
from fleetward.web.pages.devices_filter import read_filter as read_address
from fleetward.web.pages.devices_filter import read_order

TODAY = date(2026, 3, 3)
ZONES = ("UTC", "Europe/Paris", "Pacific/Apia", "America/St_Johns")
_PIECES = st.sampled_from(
    [
        *("", ":", ".", "-", "\0", " ", "é", "x" * 300, "9" * 5000, "-1", "0", "٣", "%", "yes"),
        *("0001-01-01", "9999-12-31", "2026-02-30", "2026-03-03", "20260303", "2026-W10-1"),
        *("6f1d2c1e-8a55-4c7e-9a55-0c6b5d1c2f10", "{6f1d2c1e}", "IN", "NOT_FOUND", "3660", "3661"),
        *FIELDS,
        *Op,
        *ENDS,
        *ANSWERS,
        *STATES,
    ]
)
VALUES = (
    st.lists(_PIECES, max_size=4).map("".join)
    | st.tuples(st.sampled_from([*FIELDS]), st.sampled_from([*Op]), _PIECES).map(":".join)
    | st.text(max_size=30)
)
NAMED = st.sampled_from([*NAMES, "sort", "dir", "x"])
WORDS = st.dictionaries(NAMED, st.lists(VALUES, max_size=4), max_size=6)


@given(WORDS, st.sampled_from(ZONES))
@example({"where": ["created_at:before:0001-01-02", "purchased_on:after:9999-12-30"]}, ZONES[2])
def test_any_words_are_a_filter(words: dict[str, list[str]], zone: str) -> None:
    found = read_filter(words, today=TODAY, zone=zone)
    assert isinstance(found, DeviceFilter)
    assert isinstance(strange(words), str)


@given(WORDS)
@example({"q": ["x", ""]})
@example({"q": ["x", "y", "x"], "state": ["deleted", " "]})
@example({"ends": ["30", ""], "ends_from": ["2026-03-03"]})
@example({"answer": ["checked", "unchecked", "checked", ""]})
def test_a_filter_is_the_same_in_its_one_form(words: dict[str, list[str]]) -> None:
    """What a group or a view keeps finds what the address found."""
    kept = words_in(query_of(words))
    assert query_of(kept) == query_of(words)
    assert found_by(kept) == found_by(words)
    typed = words_in(urlencode(words, doseq=True))
    assert query_of(typed) == query_of(words)


def found_by(words: dict[str, list[str]] | Words) -> DeviceFilter:
    """The filter, with the text as it is looked for."""
    found = read_filter(words, today=TODAY, zone="UTC")
    return replace(found, text=found.words)


@given(WORDS)
def test_any_address_is_read(words: dict[str, list[str]]) -> None:
    query = QueryDict(urlencode(words, doseq=True))
    only = read_address(query, TODAY)
    assert isinstance(only, DeviceFilter)
    assert read_order(query, only).sort


_KEYS = [spec.key for spec in SPECS]
LAYOUTS = (
    st.lists(
        st.sampled_from([*_KEYS, ".", "-", "120", "9" * 900, "²", "\0", "x"]), max_size=12
    ).map("".join)
    | st.lists(
        st.tuples(st.sampled_from(_KEYS), st.sampled_from(["-1", "-120", "-9999", "", "-", "--3"])),
        max_size=9,
    ).map(lambda parts: ".".join("".join(part) for part in parts))
    | st.text(max_size=60)
)


@given(LAYOUTS)
def test_any_word_is_a_layout(word: str) -> None:
    layout = CATALOGUE.read(word)
    keys = [spec.key for spec in layout.specs]
    assert keys
    assert len(keys) == len(set(keys))
    assert layout.widths.keys() <= set(keys)
    assert all(NARROWEST <= width <= WIDEST for width in layout.widths.values())
