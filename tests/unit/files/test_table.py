"""What is read of good files in all their dialects."""

from __future__ import annotations

import datetime as dt
import gzip
import io
from pathlib import Path

import pytest
import xlsxwriter

from fleetward.infra.files.csv_reader import read_quickly
from fleetward.infra.files.frames import read_upload
from fleetward.infra.files.limits import DEFAULT_LIMITS
from fleetward.infra.files.reading import FileKind
from fleetward.infra.files.table import Table, read_table
from fleetward.infra.files.text import to_text
from fleetward.infra.files.xlsx_reader import cell_text
from tests.bad_files.corpus import GOOD, workbook


def _read(folder: Path, data: bytes) -> Table:
    path = folder / "upload"
    path.write_bytes(data)
    return read_table(path)


_ACCENTED = "Numéro de série,Modèle\nA1,Écran\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (_ACCENTED.encode(), "UTF-8"),
        (_ACCENTED.encode("utf-8-sig"), "UTF-8"),
        (_ACCENTED.encode("cp1252"), "Windows-1252"),
        (_ACCENTED.encode("utf-16"), "UTF-16"),
        (b"\xfe\xff" + _ACCENTED.encode("utf-16-be"), "UTF-16"),
    ],
)
def test_x8_encoding_is_found_and_named(data: bytes, encoding: str, tmp_path: Path) -> None:
    table = _read(tmp_path, data)
    assert table.reading.encoding == encoding
    assert table.reading.headers == ("Numéro de série", "Modèle")
    assert table.frame.rows() == [(2, "A1", "Écran")]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_x8_separators_line_ends_and_quotes(
    separator: str, newline: str, quote: str, tmp_path: Path
) -> None:
    records = [["Serial", "Model"], ["A1", "Latitude"], ["B2", ""]]
    text = newline.join(separator.join(f"{quote}{c}{quote}" for c in r) for r in records)
    table = _read(tmp_path, text.encode())
    assert table.reading.separator == separator
    assert table.frame.rows() == [(2, "A1", "Latitude"), (3, "B2", "")]


def test_blank_lines_are_skipped_and_counted_but_rows_keep_their_numbers(tmp_path: Path) -> None:
    table = _read(tmp_path, b"\n,\nSerial,Model\n\nA,B\n , \nC,D\n\n")
    assert table.frame.rows() == [(5, "A", "B"), (7, "C", "D")]
    assert (table.reading.header_row, table.reading.rows, table.reading.blank_rows) == (3, 2, 3)


def test_short_rows_are_filled_and_trailing_separators_ignored(tmp_path: Path) -> None:
    table = _read(tmp_path, b"Serial,Model,\nA\nB,C,\nD,E,,\n")
    assert table.frame.rows() == [(2, "A", ""), (3, "B", "C"), (4, "D", "E")]


@pytest.mark.parametrize("data", [GOOD, b'"Serial","a,b"\n"A","x ""y"""\n', b"S\r\n\r\nA\r\n"])
def test_ordinary_files_take_the_quick_way(data: bytes) -> None:
    assert read_quickly(to_text(data), DEFAULT_LIMITS) is not None


def test_cell_with_line_breaks_is_one_row_as_in_a_spreadsheet(tmp_path: Path) -> None:
    table = _read(tmp_path, b'Serial,Note\r\nA,"one\r\ntwo ""x"""\r\nB,z\r\n')
    assert table.frame.rows() == [(2, "A", 'one\r\ntwo "x"'), (3, "B", "z")]


def test_quote_inside_a_bare_cell_is_text(tmp_path: Path) -> None:
    assert _read(tmp_path, b'Serial,Note\nA,24" screen\n').frame.rows() == [(2, "A", '24" screen')]


def test_separator_hint_of_spreadsheets_is_no_row(tmp_path: Path) -> None:
    table = _read(tmp_path, b"sep=;\r\nSerial,x;Model\r\nA;B\r\n")
    assert table.reading.headers == ("Serial,x", "Model")
    assert table.frame.rows() == [(2, "A", "B")]


def test_header_named_like_the_row_number_is_shown_under_another_name(tmp_path: Path) -> None:
    assert _read(tmp_path, b"row_no,Serial\n7,A\n").reading.headers == ("row_no (file)", "Serial")


@pytest.mark.parametrize("header", ["*", "^.*$", "a.b", "{}", "%"])
def test_header_that_looks_like_a_pattern_is_a_name(header: str, tmp_path: Path) -> None:
    table = _read(tmp_path, f"{header},Serial\nx,A\n,\n".encode())
    assert table.reading.headers == (header, "Serial")
    assert table.frame.rows() == [(2, "x", "A")]


def test_gzip_and_workbook_are_known_by_content(tmp_path: Path) -> None:
    rows = [(2, "5CD1234ABC", "HP", "EliteBook 840"), (3, "7XK2P13", "Dell", "Latitude 5420")]
    packed = _read(tmp_path, gzip.compress(GOOD))
    header, *lines = (tuple(line.split(",")) for line in GOOD.decode().splitlines())
    book = _read(tmp_path, workbook(header, *lines))
    assert (packed.reading.kind, book.reading.kind) == (FileKind.CSV_GZ, FileKind.XLSX)
    assert packed.frame.rows() == book.frame.rows() == rows


def test_workbook_cells_become_the_text_that_people_see(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("Devices")
    sheet.write_row(0, 0, ["Serial", "Bought", "Formula", "Flag"])
    sheet.write_row(2, 0, [1234567, dt.date(2023, 5, 1)])
    sheet.write_formula(2, 2, '="A"&"B"', None, "AB")
    sheet.write(2, 3, True)
    book.add_worksheet("Second")
    hidden = book.add_worksheet("Hidden")
    hidden.hide()
    book.close()
    table = _read(tmp_path, buffer.getvalue())
    assert table.frame.rows() == [(3, "1234567", "2023-05-01", "AB", "TRUE")]
    assert (table.reading.sheet, table.reading.other_sheets) == ("Devices", ("Second",))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567.0, "1234567"),
        (-0.0, "0"),
        (1.5, "1.5"),
        (999_999_999_999_999.0, "999999999999999"),
        (1e15, "1.000000E+15"),
        (1.234567890123457e19, "1.234568E+19"),
        (True, "TRUE"),
        (7, "7"),
        (dt.datetime(2023, 5, 1), "2023-05-01"),
        (dt.datetime(2023, 5, 1, 10, 30), "2023-05-01 10:30:00"),
        (dt.date(2023, 5, 1), "2023-05-01"),
        (dt.time(10, 30), "10:30:00"),
    ],
)
def test_number_with_lost_digits_stays_scientific(value: object, text: str) -> None:
    assert cell_text(value) == text


def test_child_gives_the_same_table(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(GOOD)
    here, there = read_table(path), read_upload(path)
    assert there.reading == here.reading
    assert there.frame.equals(here.frame)
    assert there.reading.sample[0] == ("5CD1234ABC", "HP", "EliteBook 840")
