"""Days, texts and service levels out of what vendors write."""

from __future__ import annotations

import contextlib
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetward.connectors.values import (
    NotADay,
    clean_serial,
    clean_text,
    duration,
    service_level,
    vendor_day,
)

DAYS = st.dates(date(1970, 1, 1), date(9998, 12, 31))
FRACTIONS = st.text("0123456789", max_size=9).map(lambda digits: f".{digits}" if digits else "")
ZONES = st.sampled_from(["", "Z", "z", "+00:00", "-05:00", "+0530"])


@given(DAYS, st.times(), FRACTIONS, ZONES, st.sampled_from("T "))
def test_the_day_is_as_printed_in_every_spelling(
    day: date, time: object, fraction: str, zone: str, joint: str
) -> None:
    text = f"{day.isoformat()}{joint}{str(time)[:8]}{fraction}{zone}"
    assert vendor_day(text) == day
    assert vendor_day(f" {day.isoformat()} ") == day


@pytest.mark.parametrize(
    "text", [None, "", "  ", "0001-01-01", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z"]
)
def test_ways_to_say_none(text: str | None) -> None:
    assert vendor_day(text) is None


@pytest.mark.parametrize(
    "text",
    ["27/03/2027", "2027-13-01", "2027-02-30", "2027-03-27T", "2027-03-27x", "soon", "1234567"],
)
def test_what_is_no_day_is_refused_not_taken_for_none(text: str) -> None:
    with pytest.raises(NotADay):
        vendor_day(text)


@given(st.text())
def test_any_text_is_a_day_none_or_refused(text: str) -> None:
    with contextlib.suppress(NotADay):
        assert isinstance(vendor_day(text), date | None)


@given(st.text() | st.integers() | st.none())
def test_clean_texts_fit_the_database(value: str | int | None) -> None:
    text = clean_text(value, 80)
    assert len(text) <= 80
    assert "\x00" not in text
    assert "\n" not in text


def test_serials_are_trimmed_and_upper_case() -> None:
    assert clean_serial(" pf0abc ") == "PF0ABC"
    assert clean_serial(None) == ""


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("Next Business Day Support", "NBD"),
        ("ProSupport Plus Mission Critical 4 Hour Onsite", "4H"),
        ("Carry-In Service", "DEPOT"),
        ("Wty: HP HW Maintenance Onsite Support", "ONSITE"),
        ("Return to Depot", "DEPOT"),
        ("SNT 8X5XNBD", "NBD"),
        ("SNTC-24X7X4OS", "4H"),
        ("SMARTnet 8X7XNCD", ""),
        ("Digital Delivery", ""),
        ("", ""),
    ],
)
def test_service_levels_have_their_usual_names(text: str, level: str) -> None:
    assert service_level(text) == level


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(5, 5), (0.5, 0.5), (-3, 0), (1e300, 60), (10**400, 60), (-1e300, 0), (float("nan"), 0)],
)
def test_no_number_of_seconds_is_beyond_a_duration(seconds: float, told: float) -> None:
    assert duration(seconds, timedelta(seconds=60)) == timedelta(seconds=told)
