"""The rules of devices over all rows of a list at once: twin of the scalar functions of `rules`.

Ordinary values are known by a pattern, and the rule changes nothing of them. All others, and the
values of columns that repeat few, go through the scalar rule, once for each distinct one, so that
the two cannot differ there. A property test compares the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import reduce

import polars as pl

from fleetward.devices.contracts import LIST_FIELDS, MOST_CHARACTERS, HintCode, Refusal
from fleetward.devices.rules.manufacturers import (
    is_virtual_machine,
    normalise_manufacturer,
    other_maker,
)
from fleetward.devices.rules.serials import (
    DATE_LIKE,
    DECIMAL_TAIL,
    ORDINARY,
    ORDINARY_ELSEWHERE,
    SCIENTIFIC,
    SPREADSHEET_ERROR,
    JunkList,
    canonical_product_number,
    canonical_serial,
    serial_hints,
    serial_problem,
)
from fleetward.devices.rules.values import clean_text, country_code, day_order, read_day
from fleetward.infra.files.reading import BLANKS, ROW_NO

_FREE_TEXTS = ("name", "model", "assigned_user", "asset_tag", "location")
_COLUMNS = (ROW_NO, *LIST_FIELDS, "other_maker", "is_virtual", "refusal", "refusal_column", "hints")
# Printable ASCII without quotation marks and with single inner spaces: only the case can change.
_TIDY_NUMBER = r"^(?:[!#-&(-_a-~]+(?: [!#-&(-_a-~]+)*)?$"
# What tidying could change in a text, a little more generously than it does.
_UNTIDY_TEXT = (
    r"^[ ']| $|  |[^\x20-\x7E\u{A1}-\u{167F}\u{1681}-\u{1FFF}\u{3001}-\u{D7FF}\u{F900}-\u{FEFE}]"
)
_PLAIN = r"^[\x20-\x7E]*$"
_NOT_KEY = r"[^0-9A-Z]+"


def prepare_rows(
    frame: pl.DataFrame,
    *,
    mapping: Mapping[str, str],
    junk: Collection[str],
    default_manufacturer: str = "",
    needs_manufacturer: bool = True,
) -> pl.DataFrame:
    """One row for each row of `frame`, in its order, canonical and judged on its own.

    `mapping` gives the header of each field (LIST_FIELDS). `refusal` and `refusal_column` are null
    for a good row; `hints` is a list of HintCode. What rows are to each other is `resolve`'s.
    A device is found by its serial alone, and stored with its manufacturer (`needs_manufacturer`).
    """
    # By series, not by expression: polars takes a header such as "*" for a pattern of names.
    nothing = pl.repeat("", frame.height, dtype=pl.String, eager=True)
    columns = {
        field: frame.get_column(mapping[field]) if field in mapping else nothing
        for field in LIST_FIELDS
    }
    rows = pl.DataFrame({ROW_NO: frame.get_column(ROW_NO), **columns})
    rows = rows.with_columns(
        _numbers(rows["serial"], canonical_serial),
        _numbers(rows["product_number"], canonical_product_number),
        *[_texts(rows[field]) for field in _FREE_TEXTS],
    )
    rows = _with_makers(rows, default_manufacturer)
    rows = rows.with_columns(_countries(rows["country"]), _days(rows["purchased_on"]))
    rows = rows.unnest("country", "purchased_on")
    rows = rows.with_columns(_serial_refusals(rows["serial"], JunkList.of(junk)))
    lacks_maker = (pl.col("manufacturer") == "") & needs_manufacturer
    rows = rows.with_columns(
        refusal=_refusal(lacks_maker), refusal_column=_refusal_column(lacks_maker)
    )
    return rows.with_columns(hints=_hints(rows)).select(_COLUMNS)


def prepare_names(
    frame: pl.DataFrame, *, serial: str, manufacturer: str, extra: str, junk: Collection[str]
) -> pl.DataFrame:
    """What each row of `frame` names, in its order: a serial, and its manufacturer if it gives one.

    `serial`, `manufacturer` and `extra` are headers, '' for none. `given` is the serial as it stood
    there, '' where it was canonical; `extra` comes in capitals; `refusal` is '' for a good row.
    """
    nothing = pl.repeat("", frame.height, dtype=pl.String, eager=True)
    rows = pl.DataFrame(
        {
            ROW_NO: frame.get_column(ROW_NO),
            "serial": _numbers(frame.get_column(serial), canonical_serial),
            "manufacturer": frame.get_column(manufacturer) if manufacturer else nothing,
            "model": nothing,
            "extra": _capitals(frame.get_column(extra)) if extra else nothing,
        }
    )
    given = frame.get_column(serial).str.strip_chars(BLANKS)
    rows = rows.with_columns(
        given=given.zip_with(given != rows["serial"], nothing).str.head(MOST_CHARACTERS["serial"]),
        refusal=_serial_refusals(rows["serial"], JunkList.of(junk)).fill_null(""),
    )
    return _with_makers(rows, "").drop("model", "is_virtual")


def _ruled(values: pl.Series, is_odd: pl.Series, rule: Callable[[str], str]) -> pl.Series:
    """`values` with the rule applied to each distinct odd one."""
    odd = values.filter(is_odd).unique()
    if odd.is_empty():
        return values
    new = pl.Series([rule(value) for value in odd], dtype=pl.String)
    return values.replace(odd, new)


def _numbers(values: pl.Series, rule: Callable[[str], str]) -> pl.Series:
    is_tidy = values.str.contains(_TIDY_NUMBER)
    tidied = _ruled(values, ~is_tidy, rule)
    # Capitals of other alphabets are the rule's: polars knows those of a later Unicode.
    return tidied.str.to_uppercase().zip_with(is_tidy, tidied)


def _capitals(values: pl.Series) -> pl.Series:
    """Tidied, without the apostrophe that makes a spreadsheet take it for text."""
    return _texts(values).str.strip_prefix("'").str.strip_chars(BLANKS).str.to_uppercase()


def _texts(values: pl.Series) -> pl.Series:
    return _ruled(values, values.str.contains(_UNTIDY_TEXT), clean_text)


def _with_makers(rows: pl.DataFrame, default: str) -> pl.DataFrame:
    pairs = rows.select("manufacturer", "model").unique()
    makers = [
        normalise_manufacturer(clean_text(text) or default, model) for text, model in pairs.rows()
    ]
    named = list(zip(makers, pairs["model"], strict=True))
    known = pairs.with_columns(
        maker=pl.Series(makers, dtype=pl.String),
        other_maker=pl.Series([other_maker(*pair) for pair in named], dtype=pl.String),
        is_virtual=pl.Series([is_virtual_machine(*pair) for pair in named], dtype=pl.Boolean),
    )
    joined = rows.join(known, on=["manufacturer", "model"], how="left", maintain_order="left")
    return joined.drop("manufacturer").rename({"maker": "manufacturer"})


def _countries(values: pl.Series) -> pl.Series:
    """Structs of the code and a hint."""
    return _each(values, lambda text: _country(clean_text(text)), "country", pl.String)


def _country(text: str) -> tuple[str, HintCode | None]:
    code = country_code(text)
    return ("", HintCode.UNKNOWN_COUNTRY) if code is None else (code, None)


def _days(values: pl.Series) -> pl.Series:
    """Structs of the day and a hint."""
    order = day_order(clean_text(text) for text in values.unique())
    return _each(values, lambda text: read_day(clean_text(text), order), "purchased_on", pl.Date)


def _each(
    values: pl.Series,
    rule: Callable[[str], tuple[object, HintCode | None]],
    name: str,
    dtype: type[pl.DataType],
) -> pl.Series:
    distinct = values.unique()
    results = [rule(text) for text in distinct]
    table = pl.DataFrame(
        {name: [result[0] for result in results], f"{name}_hint": [r[1] for r in results]},
        schema={name: dtype, f"{name}_hint": pl.String},
    )
    # Rows point into the table of distinct results: much less work than a join on text.
    numbers = pl.int_range(len(distinct), dtype=pl.UInt32, eager=True)
    # The cast is for a list without rows, of which the answer stays text.
    at = values.replace_strict(distinct, numbers).cast(pl.UInt32)
    return table.select(pl.struct(pl.all())).to_series().gather(at).alias(name)


def _serial_refusals(serials: pl.Series, junk: JunkList) -> pl.Series:
    """Twin of `serial_problem`."""
    serial = pl.col("serial")
    key = serial.str.replace_all(_NOT_KEY, "")
    is_junk = key.is_in(list(junk.keys)) | (key.str.strip_chars(key.str.head(1)) == "")
    checks = (
        (serial == "", Refusal.MISSING_SERIAL),
        (serial.str.len_chars() > MOST_CHARACTERS["serial"], Refusal.SERIAL_TOO_LONG),
        (serial.str.contains(SCIENTIFIC), Refusal.SCIENTIFIC_NOTATION),
        (serial.str.contains(DATE_LIKE), Refusal.DATE_LIKE_SERIAL),
        (serial.str.contains(SPREADSHEET_ERROR), Refusal.SPREADSHEET_ERROR),
        (is_junk, Refusal.JUNK_SERIAL),
    )
    frame = serials.to_frame("serial")
    problems = frame.select(serial_refusal=_first(checks)).to_series()
    odd = serials.filter(~serials.str.contains(_PLAIN)).unique()
    if odd.is_empty():
        return problems
    judged = pl.Series([serial_problem(value, junk) for value in odd], dtype=pl.String)
    return serials.replace_strict(odd, judged, default=problems).alias("serial_refusal")


def _first(checks: Collection[tuple[pl.Expr, str]]) -> pl.Expr:
    """The word of the first check that is true, or null."""
    nothing = pl.lit(None, pl.String)
    return reduce(
        lambda rest, check: pl.when(check[0]).then(pl.lit(str(check[1]))).otherwise(rest),
        reversed(list(checks)),
        nothing,
    )


def _too_long() -> list[tuple[pl.Expr, str]]:
    return [
        (pl.col(field).str.len_chars() > most, field)
        for field, most in MOST_CHARACTERS.items()
        if field != "serial"
    ]


def _refusal(lacks_maker: pl.Expr) -> pl.Expr:
    others = (
        (lacks_maker, Refusal.MISSING_MANUFACTURER),
        (pl.any_horizontal(check for check, _ in _too_long()), Refusal.VALUE_TOO_LONG),
    )
    return pl.coalesce("serial_refusal", _first(others))


def _refusal_column(lacks_maker: pl.Expr) -> pl.Expr:
    return _first(
        (
            (pl.col("serial_refusal").is_not_null(), "serial"),
            (lacks_maker, "manufacturer"),
            *_too_long(),
        )
    )


def _hints(rows: pl.DataFrame) -> pl.Series:
    """Few rows have any: only those are looked at one by one."""
    serial, maker = pl.col("serial"), pl.col("manufacturer")
    is_ordinary = reduce(
        lambda rest, name: (
            pl.when(maker == name).then(serial.str.contains(ORDINARY[name])).otherwise(rest)
        ),
        ORDINARY,
        serial.str.contains(ORDINARY_ELSEWHERE) & ~serial.str.contains(DECIMAL_TAIL),
    )
    notes = ("country_hint", "purchased_on_hint")
    has_note = pl.any_horizontal(pl.col(note).is_not_null() for note in notes)
    indexed = rows.with_row_index("at").filter(~is_ordinary | has_note)
    # Joined and split again, because a million small lists take ten seconds to convert.
    hints = [
        " ".join([*serial_hints(manufacturer, number), *(note for note in found if note)])
        for manufacturer, number, *found in indexed.select("manufacturer", "serial", *notes).rows()
    ]
    listed = indexed.select("at", hints=pl.Series(hints, dtype=pl.String).str.split(" "))
    joined = (
        rows.select("row_no")
        .with_row_index("at")
        .join(listed.filter(pl.col("hints") != [""]), on="at", how="left", maintain_order="left")
    )
    return joined["hints"].fill_null(pl.lit([], dtype=pl.List(pl.String)))
