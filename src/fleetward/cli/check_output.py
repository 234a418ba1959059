"""Writes what `fleetward check` found: a CSV, XLSX or JSON file, and the table on the terminal."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import xlsxwriter
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from fleetward.cli.check_line import (
    ENTITLEMENT_HEADERS,
    HEADERS,
    CheckedLine,
    as_cells,
    as_object,
    entitlement_object,
)
from fleetward.warranty.contracts import Status
from fleetward.warranty.texts import REASON_TEXTS, STATUS_LABELS

CELL_LIMIT = 32_767
COVERED = (Status.IN, Status.EXPIRING)


def write_csv(lines: Sequence[CheckedLine], file: Path) -> None:
    """UTF-8 with a mark at its start, which is what spreadsheets need to read accents."""
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADERS)
        for line in lines:
            writer.writerow([_harmless(cell) for cell in as_cells(line)])


def _harmless(cell: str | int) -> str | int:
    """A text that no spreadsheet takes for a formula."""
    is_formula = isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{cell}" if is_formula else cell


def write_json(lines: Sequence[CheckedLine], file: Path) -> None:
    """An array with one object for each line of the list."""
    with file.open("w", encoding="utf-8") as out:
        out.write("[")
        for number, line in enumerate(lines):
            out.write(",\n" if number else "\n")
            out.write(json.dumps(as_object(line), ensure_ascii=False))
        out.write("\n]\n")


def write_xlsx(lines: Sequence[CheckedLine], file: Path) -> None:
    """A sheet with the lines, and a second one with each line of cover in a row of its own."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(file), options) as book:
        sheet = book.add_worksheet("Warranty")
        _fill(sheet, [HEADERS, *(as_cells(line) for line in lines)])
        sheet.autofilter(0, 0, len(lines), len(HEADERS) - 1)
        details = book.add_worksheet("Entitlements")
        _fill(details, [("row", "serial", *ENTITLEMENT_HEADERS), *_details(lines)])


def _details(lines: Sequence[CheckedLine]) -> list[list[str | int]]:
    return [
        [line.row, line.serial, *(str(v or "") for v in entitlement_object(e).values())]
        for line in lines
        for e in line.entitlements
    ]


def _fill(sheet: xlsxwriter.worksheet.Worksheet, rows: Sequence[Sequence[str | int]]) -> None:
    sheet.freeze_panes(1, 0)
    for row_no, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, int):
                sheet.write_number(row_no, column, cell)
            elif cell:
                sheet.write_string(row_no, column, cell[:CELL_LIMIT])


WRITERS: dict[str, Callable[[Sequence[CheckedLine], Path], None]] = {
    ".csv": write_csv,
    ".xlsx": write_xlsx,
    ".json": write_json,
}


def write_file(lines: Sequence[CheckedLine], file: Path) -> None:
    """Write the whole file beside its place, then put it there: nobody meets half a file.

    Raises: OSError.
    """
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=file.suffix)
    os.close(handle)
    new = Path(name)
    try:
        WRITERS[file.suffix.lower()](lines, new)
        new.chmod(0o666 & ~_umask())
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)


def _umask() -> int:
    """The umask can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def print_tables(lines: Sequence[CheckedLine], console: Console) -> None:
    """The totals by manufacturer and status, then why devices are Unknown and what to do."""
    console.print(_coverage_table(lines))
    console.print(_share(lines))
    if any(line.coverage.reason for line in lines):
        console.print(_reason_table(lines))
    simulated = sum(line.is_simulated for line in lines)
    if simulated:
        console.print(
            _(
                "SIMULATED: {count} of {total} lines were answered by a simulator, not a vendor."
            ).format(count=simulated, total=len(lines)),
            style="bold yellow",
        )


def _coverage_table(lines: Sequence[CheckedLine]) -> Table:
    counts = Counter((line.manufacturer, line.coverage.status) for line in lines)
    makers = Counter(line.manufacturer for line in lines)
    table = Table(title=_("Coverage"), show_footer=True)
    table.add_column(_("Manufacturer"), footer=_("Total"))
    table.add_column(_("Lines"), footer=str(len(lines)), justify="right")
    for status in Status:
        total = sum(counts[maker, status] for maker in makers)
        table.add_column(str(STATUS_LABELS[status]), footer=str(total), justify="right")
    for maker, total in makers.most_common():
        cells = [str(counts[maker, status]) for status in Status]
        table.add_row(maker or _("(none)"), str(total), *cells)
    return table


def _share(lines: Sequence[CheckedLine]) -> str:
    covered = sum(line.coverage.status in COVERED for line in lines)
    percent = round(100 * covered / len(lines)) if lines else 0
    return _("{covered} of {total} lines are in warranty, {percent} %.").format(
        covered=covered, total=len(lines), percent=percent
    )


def _reason_table(lines: Sequence[CheckedLine]) -> Table:
    counts = Counter(line.coverage.reason for line in lines if line.coverage.reason)
    table = Table(title=_("Why devices are Unknown"))
    table.add_column(_("Reason"))
    table.add_column(_("Lines"), justify="right")
    table.add_column(_("What to do"))
    for reason, count in counts.most_common():
        table.add_row(str(REASON_TEXTS[reason].label), str(count), str(REASON_TEXTS[reason].fix))
    return table
