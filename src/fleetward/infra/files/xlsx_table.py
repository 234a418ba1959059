"""Turns a CSV of ours into a workbook whose days are days, in a process of its own.

Writing a million rows takes minutes of pure Python: beside the worker's other threads it would keep
them all waiting, and a process can be ended at once when somebody cancels.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from fleetward.infra.files.csv_writer import restore
from fleetward.infra.files.isolated import child_environment

# What Excel holds on a sheet, the head included.
MOST_ROWS = 1_048_576
TOLD_EVERY = 5_000
ASKED_EVERY_SECONDS = 0.5
WIDEST, NARROWEST = 60, 8
# Days before this are none to Excel.
FIRST_DAY = date(1900, 3, 1)
FORMATS = {"day": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm"}


class Cell(StrEnum):
    """What the cells of a column are."""

    TEXT = "text"
    DAY = "day"
    MOMENT = "moment"


class Stopped(Exception):
    """Nobody wants the workbook any more."""


def workbook_in_child(
    source: Path, target: Path, cells: Sequence[Cell], go_on: Callable[[int], object]
) -> None:
    """Write `target` from the CSV `source`, whose first line is the head.

    `go_on` hears twice a second how many rows are written; what it raises, such as `Stopped`, ends
    the child. Raises: CalledProcessError.
    """
    told = target.with_suffix(".told")
    command = [sys.executable, "-m", __name__, str(source), str(target), str(told)]
    with subprocess.Popen(
        [*command, json.dumps(cells)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=child_environment(),
    ) as child:
        try:
            while child.poll() is None:
                with suppress(subprocess.TimeoutExpired):
                    child.wait(timeout=ASKED_EVERY_SECONDS)
                go_on(_read(told))
        finally:
            # Whatever ends the waiting ends the child.
            child.kill()
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)


def _read(told: Path) -> int:
    """How far the child says that it is; it may be writing that."""
    try:
        return int(told.read_text(encoding="ascii") or 0)
    except FileNotFoundError:
        return 0


def write_workbook(
    source: Path, target: Path, cells: Sequence[Cell], tell: Callable[[int], object]
) -> None:
    """Row by row in constant memory: 7 s for 100,000 rows of 13.

    Text is text whatever it begins with; the apostrophe of the CSV goes.
    """
    with (
        source.open(encoding="utf-8-sig", newline="") as lines,
        # ZIP64 only where a sheet needs it, above 2 GB.
        xlsxwriter.Workbook(target, {"constant_memory": True, "tmpdir": target.parent}) as book,
    ):
        book.use_zip64()
        rows = csv.reader(lines, strict=True)
        _write_sheet(book, next(rows), rows, cells, tell)


def _write_sheet(
    book: xlsxwriter.Workbook,
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    cells: Sequence[Cell],
    tell: Callable[[int], object],
) -> None:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    bold = book.add_format({"bold": True})
    formats = {kind: book.add_format({"num_format": form}) for kind, form in FORMATS.items()}
    widths = [len(label) + 4 for label in head]
    for column, label in enumerate(head):
        sheet.write_string(0, column, restore(label), bold)
    number = 0
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            if cell:
                _write(sheet, number, column, cell, cells[column], formats)
                widths[column] = max(widths[column], len(cell) + 1)
        if number % TOLD_EVERY == 0:
            tell(number)
    tell(number)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, max(NARROWEST, min(width, WIDEST)))
    sheet.autofilter(0, 0, number, len(head) - 1)


def _write(
    sheet: Worksheet, row: int, column: int, cell: str, kind: Cell, formats: dict[str, Format]
) -> None:
    moment = None if kind is Cell.TEXT else _moment(cell)
    if moment is None:
        sheet.write_string(row, column, restore(cell))
    else:
        sheet.write_datetime(row, column, moment, formats[kind])


def _moment(cell: str) -> datetime | None:
    """None for words in the place of a day, and for a day that Excel does not know."""
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        return None
    return moment if moment.date() >= FIRST_DAY else None


if __name__ == "__main__":
    _source, _target, _told, _cells = sys.argv[1:]
    write_workbook(
        Path(_source),
        Path(_target),
        [Cell(kind) for kind in json.loads(_cells)],
        lambda number: Path(_told).write_text(str(number), encoding="ascii"),
    )
