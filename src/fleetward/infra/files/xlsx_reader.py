"""Reads the first visible sheet of a workbook; every cell becomes the text that people see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from fleetward.infra.files.errors import FileDamaged, FileEmpty
from fleetward.infra.files.limits import Limits
from fleetward.infra.files.raw import RawTable, Record, table_of_records

# A number cell keeps 15 digits: from here on the last digits of a serial number are lost.
_EXACT_BELOW = 1e15
_MIDNIGHT = dt.time()


@dataclass(frozen=True, slots=True)
class Workbook:
    raw: RawTable
    sheet: str
    other_sheets: tuple[str, ...]


def read_xlsx(path: Path, limits: Limits) -> Workbook:
    """The caller has looked at the archive's directory. Raises: FileRefused."""
    try:
        with CalamineWorkbook.from_path(path) as book:
            names = [
                sheet.name
                for sheet in book.sheets_metadata
                if sheet.typ is SheetTypeEnum.WorkSheet
                and sheet.visible is SheetVisibleEnum.Visible
            ]
            for name in names:
                sheet = book.get_sheet_by_name(name)
                if sheet.start is not None:
                    others = tuple(other for other in names if other != name)
                    return Workbook(table_of_records(_records(sheet), limits), name, others)
    except PasswordError:
        raise FileDamaged("the workbook has a password") from None
    except (CalamineError, OSError, ValueError, OverflowError) as error:
        raise FileDamaged(f"workbook: {error}") from None
    raise FileEmpty


def _records(sheet: CalamineSheet) -> Iterator[Record]:
    for row in sheet.iter_rows():
        yield [cell if isinstance(cell, str) else cell_text(cell) for cell in row]


def cell_text(value: object) -> str:
    """A typed cell as text: whole numbers as digits, days and moments in ISO form.

    A number with more digits than the file can hold stays in scientific notation, which the rules
    of serial numbers refuse: its end is lost.
    """
    match value:
        case bool():
            return str(value).upper()
        case float() if abs(value) >= _EXACT_BELOW:
            return f"{value:E}"
        case float() if value.is_integer():
            return str(int(value))
        case dt.datetime() if value.time() == _MIDNIGHT:
            return value.date().isoformat()
        case dt.datetime():
            return value.isoformat(sep=" ")
        case dt.date() | dt.time():
            return value.isoformat()
    return str(value)
