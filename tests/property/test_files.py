"""Files: what we write reads back, quick equals strict, and any bytes are read or refused."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from fleetward.infra.files.csv_reader import read_quickly, read_strictly
from fleetward.infra.files.csv_writer import csv_lines, restore
from fleetward.infra.files.errors import BY_CODE, FileRefused
from fleetward.infra.files.limits import DEFAULT_LIMITS, Limits
from fleetward.infra.files.raw import RawTable, is_blank
from fleetward.infra.files.table import Table, read_table
from fleetward.infra.files.text import Text, to_text
from tests.bad_files.corpus import GOOD, workbook

# Letters that matter to a reader come often.
_CELL = st.text(st.sampled_from("aé0= -'\",;\t\n\r \u00a0\u2028\x0b\x1c\x85#") | st.characters(
    exclude_characters="\0", exclude_categories=("Cs",)
), max_size=6)  # fmt: skip
_SMALL = Limits(rows=5, columns=3, cell_chars=4)


def _read(data: bytes) -> Table:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        path.write_bytes(data)
        return read_table(path)


@given(st.lists(st.tuples(_CELL, _CELL, _CELL), min_size=1, max_size=8), st.booleans())
def test_any_table_that_we_write_reads_back_equal(
    rows: list[tuple[str, str, str]], bom: bool
) -> None:
    rows = [(f"x{row[0]}", *row[1:]) for row in rows]
    table = _read(b"".join(csv_lines(("Serial", "b", "c"), rows, bom=bom)))
    assert [tuple(map(restore, row[1:])) for row in table.frame.rows()] == rows
    assert table.frame["row_no"].to_list() == list(range(2, len(rows) + 2))


def _end(reader: object, text: Text, limits: Limits) -> object:
    try:
        table = reader(text, limits)  # type: ignore[operator]
    except FileRefused as refusal:
        return refusal.code, refusal.details()
    if isinstance(table, RawTable):
        return table.headers, table.header_row, table.blank_rows, table.frame.rows()
    return None


_SOUP = st.lists(st.sampled_from([*'ab",;\t\n\r ', '"a"', "a,b", "\n", "\n\n", '""', "é"]))


@given(_SOUP.map("".join), st.sampled_from([DEFAULT_LIMITS, _SMALL]))
@settings(max_examples=400, suppress_health_check=[HealthCheck.filter_too_much])
def test_quick_reader_agrees_with_the_strict_one_or_steps_aside(soup: str, limits: Limits) -> None:
    text = to_text(f"h1,h2\n{soup}".encode())
    quick = read_quickly_or_refuse(text, limits)
    assume(quick is not None)
    assert quick == _end(read_strictly, text, limits)


def read_quickly_or_refuse(text: Text, limits: Limits) -> object:
    """The limit of rows is checked on the finished table, as `read_table` does."""
    end = _end(read_quickly, text, limits)
    if isinstance(end, tuple) and len(end) == 4 and len(end[3]) > limits.rows:
        return "file_too_many_rows", {"limit": limits.rows}
    return end


@given(_SOUP.map("".join))
def test_each_record_is_accounted_for(soup: str) -> None:
    data = f"h1,h2,h3,h4\n{soup}".encode()
    try:
        reading = _read(data).reading
    except FileRefused:
        return
    records = csv.reader(
        io.StringIO(to_text(data).data.decode(), newline=""), delimiter=reading.separator
    )
    all_records = list(records)
    assert reading.rows == sum(not is_blank(record) for record in all_records) - 1
    assert reading.rows + reading.blank_rows + reading.header_row == len(all_records)


def _check_is_documented(refusal: FileRefused) -> None:
    assert BY_CODE[refusal.code] is type(refusal)
    assert "{" not in f"{refusal}{refusal.fix}"


_HEADS = st.sampled_from([b"", b"PK\x03\x04", b"\x1f\x8b\x08", b"\xff\xfe", b"\xef\xbb\xbf", GOOD])


@given(_HEADS, st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_with_a_code(head: bytes, tail: bytes) -> None:
    try:
        table = _read(head + tail)
    except FileRefused as refusal:
        _check_is_documented(refusal)
    else:
        assert table.frame.height == table.reading.rows


_BOOK = workbook(("Serial", "Model"), ("A", 1), ("B", 2.5))


@given(st.integers(0, len(_BOOK) - 1), st.binary(min_size=1, max_size=4))
def test_damaged_workbook_is_read_or_refused_with_a_code(at: int, junk: bytes) -> None:
    try:
        _read(_BOOK[:at] + junk + _BOOK[at + len(junk) :])
    except FileRefused as refusal:
        _check_is_documented(refusal)
