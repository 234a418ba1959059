"""The corpus: each file with the code that refuses it. Also written out by `python -m`.

`python -m tests.bad_files.corpus FOLDER` writes the files, to try them on a running product.
"""

from __future__ import annotations

import gzip
import io
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter

HEADER = b"Serial Number,Manufacturer,Model\n"
GOOD = HEADER + b"5CD1234ABC,HP,EliteBook 840\n7XK2P13,Dell,Latitude 5420\n"


@dataclass(frozen=True)
class BadFile:
    """`code` is the error that must refuse the file."""

    name: str
    code: str
    make: Callable[[], bytes]


def workbook(*rows: tuple[object, ...], parts: dict[str, bytes] | None = None) -> bytes:
    """An XLSX of these rows, with further parts added to the archive."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (parts or {}).items():
            archive.writestr(name, data)
    return buffer.getvalue()


def _sheet_without_end() -> bytes:
    good = zipfile.ZipFile(io.BytesIO(workbook(("Serial",), ("ABC",))))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for entry in good.infolist():
            data = good.read(entry)
            if entry.filename == "xl/worksheets/sheet1.xml":
                data = data[: len(data) // 2]
            archive.writestr(entry, data)
    return buffer.getvalue()


def _archive_of_nothing_known() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("readme.txt", "hello")
    return buffer.getvalue()


def _far_corner() -> bytes:
    """Two cells at the far corners: a reader that stores the rectangle needs 400 GB."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write(0, 0, "Serial")
    sheet.write(1_048_575, 16_383, "x")
    book.close()
    return buffer.getvalue()


def _bomb() -> bytes:
    return workbook(("Serial",), ("A",), parts={"xl/media/image1.bin": bytes(40_000_000)})


BAD_FILES = (
    BadFile("nothing.csv", "file_empty", lambda: b""),
    BadFile("blank_lines.csv", "file_empty", lambda: b"\n\n , ,\n"),
    BadFile("header_only.csv", "file_empty", lambda: HEADER),
    BadFile("unclosed_quote.csv", "file_unclosed_quote", lambda: GOOD + b'8YZ,"Dell,XPS\n' * 1),
    BadFile(
        "unclosed_then_closed.csv",
        "file_unclosed_quote",
        lambda: GOOD + b'8YZ,"Dell,XPS\n9ZZ,"HP",ZBook\n',
    ),
    BadFile(
        "unclosed_swallows_all.csv",
        "file_unclosed_quote",
        lambda: HEADER + b'1,"HP,x\n' + b"2,HP,ProBook\n" * 50_000,
    ),
    BadFile("text_after_quote.csv", "file_unclosed_quote", lambda: HEADER + b'1,"HP"x,y\n'),
    BadFile("longer_row.csv", "file_row_too_long", lambda: GOOD + b"1,HP,EliteBook, 840\n"),
    BadFile("nul_byte.csv", "file_nul_byte", lambda: GOOD + b"12\x0034,HP,x\n"),
    BadFile("utf16_without_bom.csv", "file_nul_byte", lambda: GOOD.decode().encode("utf-16-le")),
    BadFile("odd_utf16.csv", "file_unknown_encoding", lambda: b"\xff\xfeS\x00e\x00r"),
    BadFile("bom_then_latin.csv", "file_unknown_encoding", lambda: b"\xef\xbb\xbf" + b"caf\xe9\n"),
    BadFile("unknown_bytes.csv", "file_unknown_encoding", lambda: GOOD + b"\x81\x8d,HP,x\n"),
    BadFile("empty_header.csv", "file_empty_header", lambda: b"Serial,,Model\nA,B,C\n"),
    BadFile(
        "duplicate_header.csv", "file_duplicate_header", lambda: b"Serial,Model,serial \nA,B,C\n"
    ),
    BadFile(
        "nameless_last_column.csv", "file_row_too_long", lambda: b"Serial,Model,\nA,B,C\nD,E,F\n"
    ),
    BadFile(
        "many_columns.csv",
        "file_too_many_columns",
        lambda: ",".join(f"c{i}" for i in range(65)).encode() + b"\nx\n",
    ),
    BadFile("long_cell.csv", "file_cell_too_long", lambda: HEADER + b"x" * 4097 + b",HP,y\n"),
    BadFile("giant_cell.csv", "file_cell_too_long", lambda: HEADER + b"x" * 200_000 + b',"HP",y'),
    BadFile("many_rows.csv", "file_too_many_rows", lambda: b"Serial\n" + b"A1B2C3\n" * 1_000_001),
    BadFile("picture.csv", "file_kind_unknown", lambda: b"\x89PNG\r\n\x1a\n" + bytes(100)),
    BadFile("document.csv", "file_kind_unknown", lambda: b"%PDF-1.7\n%\xe2\xe3\n"),
    BadFile(
        "old_excel.xlsx",
        "file_kind_unknown",
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 99,
    ),
    BadFile("other_archive.xlsx", "file_kind_unknown", _archive_of_nothing_known),
    BadFile("picture_in_gzip.csv.gz", "file_kind_unknown", lambda: gzip.compress(b"%PDF-1.7")),
    BadFile("cut_gzip.csv.gz", "file_damaged", lambda: gzip.compress(GOOD * 99)[:-12]),
    BadFile("broken_gzip.csv.gz", "file_damaged", lambda: b"\x1f\x8b\x08" + b"junk" * 9),
    BadFile(
        "bomb.csv.gz", "file_unpacks_too_large", lambda: gzip.compress(b"Serial\n" + b"A" * 9**8)
    ),
    BadFile("bomb.xlsx", "file_unpacks_too_large", _bomb),
    BadFile("cut.xlsx", "file_damaged", lambda: workbook(("Serial",), ("A",))[:-100]),
    BadFile("cut_sheet.xlsx", "file_damaged", _sheet_without_end),
    BadFile("far_corner.xlsx", "file_too_demanding", _far_corner),
    BadFile("empty.xlsx", "file_empty", workbook),
    BadFile("header_only.xlsx", "file_empty", lambda: workbook(("Serial", "Model"))),
    BadFile("longer_row.xlsx", "file_row_too_long", lambda: workbook(("Serial",), ("A", "B"))),
    BadFile(
        "duplicate_header.xlsx", "file_duplicate_header", lambda: workbook(("A", "a"), ("1", "2"))
    ),
    BadFile("empty_header.xlsx", "file_empty_header", lambda: workbook(("A", "", "B"), ("1",))),
)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for bad in BAD_FILES:
        (folder / bad.name).write_bytes(bad.make())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
