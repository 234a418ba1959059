"""Workbooks and lists made wrong on purpose: read or refused with a code, within counted limits.

Each is read where uploads are read, in the child process, whose memory and processor seconds are
limited by the kernel; whatever ends the child otherwise is a refusal too, and never of ours.
"""

from __future__ import annotations

import gzip
import io
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleetward.infra.files.errors import BY_CODE, FileRefused
from fleetward.infra.files.isolated import read_in_child
from fleetward.infra.files.limits import MEBIBYTE, Limits
from fleetward.infra.files.reading import Reading
from fleetward.infra.files.table import read_table
from tests.bad_files.corpus import workbook

LIMITS = Limits(memory_bytes=600 * MEBIBYTE, cpu_seconds=20)
GOOD = workbook(("Serial", "Model"), ("ABC123", "Latitude"), ("DEF456", 12.5))
SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


def changed(name: str, change: Callable[[bytes], bytes]) -> bytes:
    """A good workbook with another content of one part."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(GOOD)) as good,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for entry in good.infolist():
            data = good.read(entry)
            archive.writestr(entry.filename, change(data) if entry.filename == name else data)
    return buffer.getvalue()


def without(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as good, zipfile.ZipFile(buffer, "w") as archive:
        for entry in good.infolist():
            if entry.filename != name:
                archive.writestr(entry.filename, good.read(entry))
    return buffer.getvalue()


def rows(inner: bytes) -> bytes:
    """A workbook whose sheet holds these rows."""
    return changed(SHEET, lambda _: HEAD + b"<sheetData>" + inner + b"</sheetData></worksheet>")


def cells(inner: bytes) -> bytes:
    """A header, and one row of these cells."""
    head = b'<row r="1"><c r="A1" t="inlineStr"><is><t>Serial</t></is></c></row>'
    return rows(head + b'<row r="2">' + inner + b"</row>")


def text_cell(where: bytes, text: bytes) -> bytes:
    return b'<c r="' + where + b'" t="inlineStr"><is><t>' + text + b"</t></is></c>"


def _doubled() -> bytes:
    buffer = io.BytesIO(GOOD)
    with zipfile.ZipFile(buffer, "a") as archive:
        entry = zipfile.ZipInfo(SHEET)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr(entry, b"<worksheet/>")
    return buffer.getvalue()


LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>'
)
DAMAGED: dict[str, Callable[[], bytes]] = {
    "no strings": lambda: without(STRINGS),
    "no sheet": lambda: without(SHEET),
    "no relations": lambda: without("xl/_rels/workbook.xml.rels"),
    "no styles": lambda: without("xl/styles.xml"),
    "half the strings": lambda: changed(STRINGS, lambda data: data[: len(data) // 2]),
    "strings that are none": lambda: changed(STRINGS, lambda _: b"\0" * 5000),
    "a string beyond the last": lambda: cells(b'<c r="A2" t="s"><v>99999999</v></c>'),
    "a string before the first": lambda: cells(b'<c r="A2" t="s"><v>-1</v></c>'),
    "a style beyond the last": lambda: cells(b'<c r="A2" s="999999"><v>1</v></c>'),
    "a day beyond the calendar": lambda: cells(b'<c r="A2" s="1" t="d"><v>99999-99-99</v></c>'),
    "a number beyond all": lambda: cells(b'<c r="A2"><v>1e999999</v></c>'),
    "no number": lambda: cells(b'<c r="A2"><v>nan</v></c>'),
    "an error": lambda: cells(b'<c r="A2" t="e"><v>#REF!</v></c>'),
    "an unknown kind": lambda: cells(b'<c r="A2" t="zz"><v>1</v></c>'),
    "a formula": lambda: cells(b'<c r="A2" t="str"><f>HYPERLINK("http://x")</f><v>x</v></c>'),
    "a formula without value": lambda: cells(b'<c r="A2"><f>1+1</f></c>'),
    "no address": lambda: cells(b"<c><v>1</v></c>"),
    "an address that is none": lambda: cells(b'<c r="2A"><v>1</v></c>'),
    "an address beyond the sheet": lambda: cells(b'<c r="ZZZZZZ99999999999"><v>1</v></c>'),
    "row zero": lambda: cells(b'<c r="A0"><v>1</v></c>'),
    "rows backwards": lambda: rows(
        b'<row r="9">' + text_cell(b"A9", b"X") + b'</row><row r="1">' + text_cell(b"A1", b"Y")
        + b"</row>"
    ),
    "a row that says it is far away": lambda: rows(
        b'<row r="1">' + text_cell(b"A1", b"Serial") + b'</row><row r="4294967295">'
        + text_cell(b"A4294967295", b"X") + b"</row>"
    ),
    "a sheet that says it is huge": lambda: changed(
        SHEET, lambda data: data.replace(b'ref="A1:B3"', b'ref="A1:XFD1048576"')
    ),
    "a sheet that says nonsense": lambda: changed(
        SHEET, lambda data: data.replace(b'ref="A1:B3"', b'ref="B9:A1"')
    ),
    "a NUL in a cell": lambda: cells(text_cell(b"A2", b"A&#0;B")),
    "laughs": lambda: changed(
        SHEET, lambda _: LAUGHS + HEAD + b"<sheetData>&d;</sheetData></worksheet>"
    ),
    "tags without end": lambda: rows(b"<row>" * 200_000),
    "a cell of ten million letters": lambda: cells(text_cell(b"A2", b"x" * 10_000_000)),
    "two of one name": _doubled,
    "a part outside": lambda: workbook(("Serial",), ("A",), parts={"../../evil.xml": b"x"}),
    "half of the archive": lambda: GOOD[: len(GOOD) // 2],
    "without its end": lambda: GOOD[:-22],
    "an end that lies": lambda: GOOD[:-12] + b"\xff" * 8 + GOOD[-4:],
    "a million columns": lambda: b",".join([b"c"] * 1_000_000) + b"\nx\n",
    "a million empty columns": lambda: b"Serial" + b"," * 1_000_000 + b"\nx\n",
    "a million quotes": lambda: b"Serial\n" + b'"' * 1_000_000 + b"\n",
    "a million returns": lambda: b"Serial\nA" + b"\r" * 1_000_000,
    "NUL everywhere": lambda: b"\0" * 1_000_000,
    "UTF-32": lambda: "Serial,Model\nA,B\n".encode("utf-32"),
    "half a letter": lambda: b"Serial\ncaf\xc3",
    "surrogates alone": lambda: b"\xff\xfe" + b"\x00\xd8" * 100,
    "UTF-7": lambda: b"Serial\n+AGEAYg-\n",
    "gzip in gzip": lambda: gzip.compress(gzip.compress(b"Serial\nA\n")),
    "gzip of a workbook": lambda: gzip.compress(GOOD),
    "gzip twice in a row": lambda: gzip.compress(b"Serial\n") + gzip.compress(b"A\n"),
    "gzip with more behind": lambda: gzip.compress(b"Serial\nA\n") + b"more",
}  # fmt: skip


def outcome(read: Callable[[], Reading]) -> Reading | str:
    """What was read, or the code of the refusal; nothing else may happen."""
    try:
        return read()
    except FileRefused as refusal:
        return BY_CODE[refusal.code].code


@pytest.mark.parametrize("name", DAMAGED)
def test_what_is_damaged_is_read_or_refused_within_the_limits(name: str, tmp_path: Path) -> None:
    upload, result = tmp_path / "upload", tmp_path / "result.arrow"
    upload.write_bytes(DAMAGED[name]())
    end = outcome(lambda: read_in_child(upload, result, limits=LIMITS))
    assert result.exists() == isinstance(end, Reading)
    if isinstance(end, Reading):
        assert 1 <= end.rows <= LIMITS.rows
        assert 1 <= len(end.headers) <= LIMITS.columns


SECRET = "CANARY-outside"


def shown_of(upload: Path, text: bytes, declared: bytes) -> bool:
    """Whether anything that was read of a cell of this text has the secret."""
    sheet = HEAD + b"<sheetData><row>" + text_cell(b"A1", b"Serial") + b"</row><row>"
    sheet += text_cell(b"A2", text) + b"</row></sheetData></worksheet>"
    upload.write_bytes(changed(SHEET, lambda _: declared + sheet))
    result = upload.with_suffix(".arrow")
    end = outcome(lambda: read_in_child(upload, result, limits=LIMITS))
    kept = result.read_bytes() if result.exists() else b""
    return SECRET in str(end) or SECRET.encode() in kept


@pytest.mark.parametrize("scheme", ["file://", ""])
def test_a_workbook_reads_no_file_of_the_machine(tmp_path: Path, scheme: str) -> None:
    outside = tmp_path / "outside"
    outside.write_text(SECRET, encoding="utf-8")
    declared = f'<!DOCTYPE x [<!ENTITY a SYSTEM "{scheme}{outside}">]>'.encode()
    assert not shown_of(tmp_path / "upload", b"A&a;B", declared)


def test_control_what_a_cell_says_itself_is_shown(tmp_path: Path) -> None:
    assert shown_of(tmp_path / "upload", SECRET.encode(), b"")


_TEXT = st.sampled_from(
    ["", " ", "A1", "=1+1", "1e5", "&#0;", "&amp;", "<x/>", "\u2028", "x" * 5000]
)
_CELL = st.tuples(
    st.sampled_from(["n", "s", "str", "inlineStr", "b", "e", "d", ""]),
    st.integers(0, 70),
    st.sampled_from(["0", "1", "7", "-1", "1.5", "45000", "1e30", "2020-02-30", "TRUE"]) | _TEXT,
    st.integers(0, 3),
)  # fmt: skip


def column(number: int) -> str:
    high, low = divmod(number, 26)
    return (chr(64 + high) if high else "") + chr(65 + low)


def cell(row: int, of: tuple[str, int, str, int]) -> str:
    kind, at, text, style = of
    where = f"{column(at)}{row}"
    return f'<c r="{where}" t="{kind}" s="{style}"><v>{text}</v><is><t>{text}</t></is></c>'


@given(table=st.lists(st.lists(_CELL, max_size=4), max_size=6))
@settings(max_examples=150)
def test_any_cells_are_read_or_refused_with_a_code(
    table: list[list[tuple[str, int, str, int]]],
) -> None:
    lines = ("".join(cell(row, one) for one in line) for row, line in enumerate(table, start=1))
    inner = "".join(f'<row r="{row}">{line}</row>' for row, line in enumerate(lines, start=1))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        path.write_bytes(rows(inner.encode()))
        end = outcome(lambda: read_table(path).reading)
    assert isinstance(end, str) or end.rows >= 1
