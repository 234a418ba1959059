"""Reads one file into a table in this process: the child and the command line do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from fleetward.infra.files.content import gunzip, kind_of
from fleetward.infra.files.csv_reader import read_csv
from fleetward.infra.files.errors import FileEmpty, TooManyRows
from fleetward.infra.files.limits import DEFAULT_LIMITS, Limits
from fleetward.infra.files.raw import RawTable
from fleetward.infra.files.reading import ROW_NO, FileKind, Reading
from fleetward.infra.files.text import to_text
from fleetward.infra.files.xlsx_reader import read_xlsx


@dataclass(frozen=True, slots=True)
class Table:
    """`frame` has the column ROW_NO (UInt32) and one String column, without nulls, a header."""

    reading: Reading
    frame: pl.DataFrame


def read_table(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> Table:
    """Every row of the file, or a refusal. Raises: FileRefused."""
    kind = kind_of(path, limits)
    if kind is FileKind.XLSX:
        workbook = read_xlsx(path, limits)
        return _table(
            kind, workbook.raw, limits, sheet=workbook.sheet, other_sheets=workbook.other_sheets
        )
    text = to_text(gunzip(path, limits) if kind is FileKind.CSV_GZ else path.read_bytes())
    raw = read_csv(text, limits)
    return _table(kind, raw, limits, encoding=text.encoding, separator=text.separator)


def _table(
    kind: FileKind,
    raw: RawTable,
    limits: Limits,
    *,
    encoding: str = "",
    separator: str = "",
    sheet: str = "",
    other_sheets: tuple[str, ...] = (),
) -> Table:
    if raw.frame.is_empty():
        raise FileEmpty
    if raw.frame.height > limits.rows:
        raise TooManyRows(limits.rows)
    first = raw.frame.head(limits.sample_rows)
    reading = Reading(
        kind=kind,
        headers=raw.headers,
        header_row=raw.header_row,
        rows=raw.frame.height,
        blank_rows=raw.blank_rows,
        encoding=encoding,
        separator=separator,
        sheet=sheet,
        other_sheets=other_sheets,
        sample=tuple(first.drop(ROW_NO).rows()),
        sample_numbers=tuple(first[ROW_NO].to_list()),
    )
    return Table(reading, raw.frame)
