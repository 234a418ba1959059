"""Writes CSV that a spreadsheet shows as text: no cell can become a formula (hardening.md)."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Sequence

_CHUNK_ROWS = 1_000
# What starts a formula somewhere, and the apostrophe, so that undoing is exact for our own files.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


def neutralise(cell: str) -> str:
    """Put an apostrophe before a cell that a spreadsheet could run."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def restore(cell: str) -> str:
    """Undo `neutralise`; other cells, and text that merely begins so, stay as they are."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA_STARTS) else cell


def csv_lines(
    headers: Sequence[str], rows: Iterable[Sequence[str]], *, bom: bool = True
) -> Iterator[bytes]:
    """The file in pieces: the whole is never in memory. The BOM lets a spreadsheet know UTF-8."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([neutralise(header) for header in headers])
    if bom:
        yield codecs.BOM_UTF8
    for number, row in enumerate(rows, start=1):
        writer.writerow([neutralise(cell) for cell in row])
        if number % _CHUNK_ROWS == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
