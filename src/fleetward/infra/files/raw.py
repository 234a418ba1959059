"""The common end of the readers: records with their numbers become a checked frame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from fleetward.infra.files.errors import CellTooLong, FileEmpty, RowTooLong, TooManyRows
from fleetward.infra.files.headers import clean_headers
from fleetward.infra.files.limits import Limits
from fleetward.infra.files.reading import BLANKS, ROW_NO

_CHUNK_ROWS = 50_000
Record = Sequence[str]


@dataclass(frozen=True, slots=True)
class RawTable:
    """Rows that are not blank, with the numbers that the file gives them."""

    headers: tuple[str, ...]
    header_row: int
    frame: pl.DataFrame
    blank_rows: int


def is_blank(record: Record) -> bool:
    return not any(cell.strip(BLANKS) for cell in record)


def table_of_records(records: Iterable[Record], limits: Limits) -> RawTable:
    """Number the records from 1, take the first one that is not blank as headers.

    Raises: FileEmpty, EmptyHeader, DuplicateHeader, RowTooLong, CellTooLong, TooManyRows, ...
    """
    numbered = enumerate(records, start=1)
    found = next((pair for pair in numbered if not is_blank(pair[1])), None)
    if found is None:
        raise FileEmpty
    header_row, record = found
    # Spreadsheets save trailing separators: a nameless last column counts only if rows use it.
    width = _used_width(record)
    headers = clean_headers(record[:width], row=header_row, limits=limits)
    rows = _Rows(len(headers), limits)
    chunks = [_frame(headers, chunk) for chunk in rows.chunks(numbered)]
    frame = pl.concat(chunks, rechunk=False) if chunks else _frame(headers, [])
    return RawTable(headers, header_row, frame, rows.blank)


def _used_width(record: Record) -> int:
    return max(i for i, cell in enumerate(record, start=1) if cell.strip(BLANKS))


class _Rows:
    """Checks rows one by one and pads short ones; counts what is blank."""

    def __init__(self, width: int, limits: Limits) -> None:
        self.width = width
        self.limits = limits
        self.blank = 0
        self.kept = 0

    def chunks(self, numbered: Iterable[tuple[int, Record]]) -> Iterator[list[tuple[object, ...]]]:
        chunk: list[tuple[object, ...]] = []
        for row_no, record in numbered:
            if is_blank(record):
                self.blank += 1
                continue
            chunk.append((row_no, *self._fitted(row_no, record)))
            if len(chunk) == _CHUNK_ROWS:
                yield chunk
                chunk = []
        if chunk:
            yield chunk

    def _fitted(self, row_no: int, record: Record) -> Record:
        self.kept += 1
        if self.kept > self.limits.rows:
            raise TooManyRows(self.limits.rows)
        if len(record) > self.width:
            if not is_blank(record[self.width :]):
                raise RowTooLong(row_no, _used_width(record), self.width)
            record = record[: self.width]
        for column, cell in enumerate(record, start=1):
            if len(cell) > self.limits.cell_chars:
                raise CellTooLong(row_no, column, self.limits.cell_chars)
        return (*record, *[""] * (self.width - len(record)))


def _frame(headers: tuple[str, ...], rows: list[tuple[object, ...]]) -> pl.DataFrame:
    schema: dict[str, pl.DataType | type[pl.DataType]] = {ROW_NO: pl.UInt32}
    schema |= dict.fromkeys(headers, pl.String)
    return pl.DataFrame(rows, schema=schema, orient="row")
