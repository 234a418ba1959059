"""The rules over many rows are the twins of the scalar ones; the scalar ones are stable."""

from __future__ import annotations

from datetime import date

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fleetward.devices.contracts import LIST_FIELDS, MOST_CHARACTERS, Refusal
from fleetward.devices.imports.prepare import prepare_rows
from fleetward.devices.rules.keys import shipped
from fleetward.devices.rules.manufacturers import (
    is_virtual_machine,
    normalise_manufacturer,
    other_maker,
)
from fleetward.devices.rules.serials import (
    JunkList,
    canonical_product_number,
    canonical_serial,
    serial_hints,
    serial_problem,
)
from fleetward.devices.rules.values import clean_text, country_code, day_order, read_day

JUNK = [*shipped("junk_serials.toml")["serials"], "loaner"]
_ODD = "aAbZoOiI019éßŉАж -/.,+E'\"=`’«\u00a0\u200b\ufeff\u2028\u3000\x07\t\r\n\x1c\x85型🙂"
_TEXT = st.text(st.sampled_from(_ODD) | st.characters(exclude_categories=["Cs"]), max_size=12)
_SERIAL = (
    st.sampled_from(
        ["5CD1234ABC", "7xk2p13", "7XK2PO3", "16583947021", "123459", "N/A", "0000", "none ", "",
         "1.2E+10", "1.2E7", "12E4567", "#N/A", "#VALUE!", "Err:502", "1234567.0", "12,00",
         "2023-05-01", "10-Mar", '="007"', "'ABC", "pf0 abc", "Loaner!", "A" * 81]
    )
    | st.from_regex(r"[0-9A-Z]{5,12}", fullmatch=True)
    | _TEXT
)  # fmt: skip
_MAKER = st.sampled_from(["Dell Inc.", "HP", "hpe", "LENOVO", "Apple", " x  y ", "", "VMware"])
_MODEL = st.sampled_from(["Latitude", "ProLiant DL360 Gen10", "Virtual Machine", ""]) | _TEXT
_DAY = st.sampled_from(
    ["2023-05-01", "13/05/2023", "05/13/2023", "01/02/2023", "1.2.23", "x", "", "2023-02-31"]
)
_COUNTRY = st.sampled_from(["FR", "france", "USA", "Atlantis", "", " - "])
_LONG = st.sampled_from(["x" * 200, "PC 1", "'=x", ""]) | _TEXT
_ROWS = st.lists(
    st.fixed_dictionaries(
        dict.fromkeys(LIST_FIELDS, _LONG)
        | {
            "serial": _SERIAL,
            "manufacturer": _MAKER | _TEXT,
            "model": _MODEL,
            "product_number": _SERIAL,
            "purchased_on": _DAY,
            "country": _COUNTRY,
        }
    ),
    max_size=6,
)


def _one(row: dict[str, str], rows: list[dict[str, str]], default: str) -> dict[str, object]:
    """The row by the scalar rules alone."""
    out: dict[str, object] = {field: clean_text(row[field]) for field in LIST_FIELDS}
    model = clean_text(row["model"])
    maker = normalise_manufacturer(clean_text(row["manufacturer"]) or default, model)
    serial = canonical_serial(row["serial"])
    order = day_order(clean_text(other["purchased_on"]) for other in rows)
    day, day_hint = read_day(clean_text(row["purchased_on"]), order)
    country = country_code(clean_text(row["country"]))
    notes = [*(["UNKNOWN_COUNTRY"] if country is None else []), *([day_hint] if day_hint else [])]
    out |= {
        "manufacturer": maker,
        "serial": serial,
        "product_number": canonical_product_number(row["product_number"]),
        "country": country or "",
        "purchased_on": day,
        "other_maker": other_maker(maker, model),
        "is_virtual": is_virtual_machine(maker, model),
        "hints": [*map(str, serial_hints(maker, serial)), *map(str, notes)],
    }
    problem: Refusal | None = serial_problem(serial, JunkList.of(JUNK))
    column: str | None = "serial" if problem else None
    if problem is None and not maker:
        problem, column = Refusal.MISSING_MANUFACTURER, "manufacturer"
    long = [f for f, most in MOST_CHARACTERS.items() if len(str(out[f])) > most and f != "serial"]
    if problem is None and long:
        problem, column = Refusal.VALUE_TOO_LONG, long[0]
    return out | {"refusal": problem, "refusal_column": column}


# A small letter since Unicode 16, which not every Python knows.
@example([dict.fromkeys(LIST_FIELDS, "") | {"product_number": "\U00010d70"}], "")
@given(_ROWS, st.sampled_from(["", "HP"]))
@settings(max_examples=150)
def test_rows_at_once_are_the_twin_of_each_row(rows: list[dict[str, str]], default: str) -> None:
    schema = {"row_no": pl.UInt32} | dict.fromkeys(LIST_FIELDS, pl.String)
    numbered = [{"row_no": at, **row} for at, row in enumerate(rows, start=2)]
    # Headers that polars would take for patterns.
    mapping = {field: f"^{field}.*$" for field in LIST_FIELDS} | {"serial": "*"}
    frame = pl.DataFrame(numbered, schema=schema).rename(mapping)
    prepared = prepare_rows(frame, mapping=mapping, junk=JUNK, default_manufacturer=default)
    expected = [{"row_no": at, **_one(row, rows, default)} for at, row in enumerate(rows, start=2)]
    assert prepared.rows(named=True) == [
        {column: row[column] for column in prepared.columns} for row in expected
    ]
    assert prepared.schema["purchased_on"] == pl.Date
    assert prepared.schema["hints"] == pl.List(pl.String)


@given(_SERIAL)
def test_canonical_serial_is_stable(text: str) -> None:
    once = canonical_serial(text)
    assert canonical_serial(once.lower()) in (once, canonical_serial(once))
    assert canonical_serial(f"\ufeff '{once}' ") == once


@given(_MAKER | _TEXT, _MODEL)
def test_canonical_manufacturer_is_stable(text: str, model: str) -> None:
    once = normalise_manufacturer(text, model)
    assert normalise_manufacturer(once, model) == once


@given(st.dates(date(1980, 1, 1), date(2100, 12, 31)))
def test_a_day_reads_back_from_each_way_to_write_it(day: date) -> None:
    iso, points = day.isoformat(), day.strftime("%d.%m.%Y")
    european, american = day.strftime("%d/%m/%Y"), day.strftime("%m/%d/%Y")
    orders = (day_order([]), day_order([]), day_order(["13/01/2023"]), day_order(["01/13/2023"]))
    for text, order in zip((iso, points, european, american), orders, strict=True):
        assert read_day(text, order) == (day, None)
