"""Reads CSV text strictly: quickly where that is provably safe, record by record otherwise.

Polars toggles its state at any quotation mark, so that one unclosed quote swallows lines. It only
sees text whose lines were proved to be whole records, and its row count is compared with the lines.
Everything else, each refusal included, comes from the strict reader, which knows the place.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import polars as pl

from fleetward.infra.files.errors import CellTooLong, UnclosedQuote
from fleetward.infra.files.headers import clean_headers
from fleetward.infra.files.limits import Limits
from fleetward.infra.files.raw import RawTable, table_of_records
from fleetward.infra.files.reading import BLANKS, ROW_NO
from fleetward.infra.files.text import Text

# More lines than this beyond the limit of rows are counted one by one, without storing them.
_SPARE_LINES = 100_000


def read_csv(text: Text, limits: Limits) -> RawTable:
    """Every record of the text, or a refusal that names its row. Raises: FileRefused."""
    table = read_quickly(text, limits)
    return read_strictly(text, limits) if table is None else table


def read_strictly(text: Text, limits: Limits) -> RawTable:
    """Record by record, by the standard library's strict mode."""
    return table_of_records(_records(text, limits), limits)


def _records(text: Text, limits: Limits) -> Iterator[list[str]]:
    lines = io.TextIOWrapper(io.BytesIO(text.data), encoding="utf-8", newline="")
    reader = csv.reader(lines, delimiter=text.separator, strict=True)
    row = 0
    while True:
        row += 1
        before = reader.line_num
        try:
            record = next(reader, None)
        except csv.Error as error:
            if "field limit" in str(error) and reader.line_num == before + 1:
                raise CellTooLong(row, _longest_cell(text, before), limits.cell_chars) from None
            raise UnclosedQuote(row) from None
        if record is None:
            return
        yield record


def _longest_cell(text: Text, line_no: int) -> int:
    """The column of the longest cell on this line (from 0); good enough to find it."""
    line = text.data.splitlines()[line_no]
    lengths = [len(cell) for cell in line.split(text.separator.encode())]
    return lengths.index(max(lengths)) + 1


def read_quickly(text: Text, limits: Limits) -> RawTable | None:
    """By polars, or None where it could be wrong or the file must be refused."""
    data = text.data
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    has_quotes = b'"' in data
    if has_quotes and not lines_are_records(data, text.separator):
        return None
    header_row, start = _first_line(data)
    data = data[start:]
    lines = data.count(b"\n") + (not data.endswith(b"\n"))
    header = _header(data, text.separator)
    if not header or not header[-1].strip(BLANKS) or lines > limits.rows + _SPARE_LINES:
        return None
    headers = clean_headers(header, row=header_row, limits=limits)
    # Not the headers: polars takes a name such as "*" for a pattern of names.
    names = [str(number) for number in range(len(headers))]
    try:
        frame = pl.read_csv(
            data,
            has_header=False,
            schema=dict.fromkeys(names, pl.String),
            separator=text.separator,
            quote_char='"' if has_quotes else None,
        )
    except pl.exceptions.PolarsError:
        return None
    if frame.height != lines or _longest(frame) > limits.cell_chars:
        return None
    rows = frame.fill_null("").with_row_index(ROW_NO, offset=header_row).slice(1)
    kept = _without_blank_rows(rows, names)
    named = kept.rename(dict(zip(names, headers, strict=True)))
    return RawTable(headers, header_row, named, rows.height - kept.height)


def lines_are_records(data: bytes, separator: str) -> bool:
    """Is each line one whole record, with quotation marks only where RFC 4180 has them?"""
    bare = f'[^"{re.escape(separator)}]*'
    cell = f'(?:{bare}|"(?:[^"]|"")*")'
    pattern = f"^{cell}(?:{re.escape(separator)}{cell})*$"
    lines = pl.read_lines(io.BytesIO(data))
    return bool(lines.select(pl.col("line").str.contains(pattern).all()).item())


def _first_line(data: bytes) -> tuple[int, int]:
    """Number and start of the first line that holds more than blanks and separators."""
    row, start = 1, 0
    while (end := data.find(b"\n", start)) >= 0 and not data[start:end].strip(b' \t,;"'):
        row, start = row + 1, end + 1
    return row, start


def _header(data: bytes, separator: str) -> list[str]:
    line = data.partition(b"\n")[0].decode()
    return next(csv.reader([line], delimiter=separator), [])


def _longest(frame: pl.DataFrame) -> int:
    return frame.select(pl.max_horizontal(pl.all().str.len_chars().max())).item() or 0


def _without_blank_rows(rows: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """One column is looked at first: most rows are not blank there."""
    candidates = rows.filter(pl.col(names[0]).str.strip_chars(BLANKS) == "")
    blank = candidates.filter(pl.all_horizontal(pl.col(names).str.strip_chars(BLANKS) == ""))
    if blank.is_empty():
        return rows
    return rows.join(blank.select(ROW_NO), on=ROW_NO, how="anti", maintain_order="left")
