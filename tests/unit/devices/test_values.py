"""Texts, countries and days of a list."""

from __future__ import annotations

from datetime import date

import pytest

from fleetward.devices.contracts import HintCode
from fleetward.devices.rules.values import DayOrder, clean_text, country_code, day_order, read_day


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  a \t b\n", "a b"),
        ("'=1+1", "=1+1"),
        ("''x", "'x"),
        ("'quoted'", "'quoted'"),
        ("\ufeffa\x00b", "a b"),
    ],
)
def test_texts_are_tidied_and_our_apostrophe_goes(text: str, clean: str) -> None:
    assert clean_text(text) == clean


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("FR", "FR"),
        ("fr", "FR"),
        ("FRA", "FR"),
        ("France", "FR"),
        ("Allemagne", "DE"),
        ("États-Unis", "US"),
        ("etats unis", "US"),
        ("U.S.A.", "US"),
        ("UK", "GB"),
        ("United Kingdom", "GB"),
        ("Côte d'Ivoire", "CI"),
        ("Cote d’Ivoire", "CI"),
        ("NO", "NO"),
        ("", ""),
        (" - ", ""),
        ("Atlantis", None),
    ],
)
def test_country_is_a_code_or_a_name_in_english_or_french(text: str, code: str | None) -> None:
    assert country_code(text) == code


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["13/05/2023", "01/02/2023"], DayOrder.DAY_FIRST),
        (["05/13/2023", "01/02/2023"], DayOrder.MONTH_FIRST),
        (["01/02/2023"], DayOrder.UNDECIDED),
        (["13/05/2023", "05/13/2023"], DayOrder.UNDECIDED),
        (["2023-05-13", "31.12.2023", ""], DayOrder.UNDECIDED),
    ],
)
def test_order_of_day_and_month_is_the_columns(texts: list[str], order: DayOrder) -> None:
    assert day_order(texts) is order


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2023-05-01", DayOrder.UNDECIDED, date(2023, 5, 1)),
        ("2023-05-01 10:30:00", DayOrder.UNDECIDED, date(2023, 5, 1)),
        ("2023-05-01T10:30:00Z", DayOrder.UNDECIDED, date(2023, 5, 1)),
        ("01/05/2023", DayOrder.DAY_FIRST, date(2023, 5, 1)),
        ("01/05/23", DayOrder.MONTH_FIRST, date(2023, 1, 5)),
        ("31.12.2023", DayOrder.UNDECIDED, date(2023, 12, 31)),
        ("02.03.2023", DayOrder.MONTH_FIRST, date(2023, 3, 2)),
        ("13/05/2023", DayOrder.UNDECIDED, date(2023, 5, 13)),
        ("05/13/2023", DayOrder.UNDECIDED, date(2023, 5, 13)),
        ("05/05/2023", DayOrder.UNDECIDED, date(2023, 5, 5)),
        ("", DayOrder.UNDECIDED, None),
    ],
)
def test_clear_days_are_read(text: str, order: DayOrder, day: date | None) -> None:
    assert read_day(text, order) == (day, None)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("01/02/2023", HintCode.AMBIGUOUS_DATE),
        ("2023-02-30", HintCode.UNREADABLE_DATE),
        ("13/13/2023", HintCode.UNREADABLE_DATE),
        ("1823-02-01", HintCode.UNREADABLE_DATE),
        ("soon", HintCode.UNREADABLE_DATE),
        ("44927", HintCode.UNREADABLE_DATE),
    ],
)
def test_unclear_days_are_left_out_with_a_hint(text: str, hint: HintCode) -> None:
    assert read_day(text, DayOrder.UNDECIDED) == (None, hint)
