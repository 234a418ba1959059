"""Device lists as people have them: a workbook of 5,000 devices in which 40 rows are bad."""

from __future__ import annotations

import csv
from pathlib import Path

import python_calamine
import xlsxwriter

HEADERS = ("Serial number", "Manufacturer", "Model", "Device name", "Assigned user", "Country")
MODELS = (
    ("Dell", "Latitude 7450"),
    ("Lenovo", "ThinkPad T14 Gen 5"),
    ("HP", "EliteBook 840 G11"),
    ("Dell", "OptiPlex 7020"),
)
# What stands in place of a serial number in bad rows.
BAD_SERIALS = ("None", "", "1.2E+07", "To be filled by O.E.M.")


def serial(number: int, prefix: str = "FW") -> str:
    return f"{prefix}{number:05d}"


def write_workbook(file: Path, *, rows: int, bad: int, prefix: str = "FW") -> None:
    """A list of `rows` devices; `bad` of them, spread evenly, cannot be imported."""
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("Fleet")
        sheet.write_row(0, 0, HEADERS)
        every = rows // bad if bad else rows + 1
        for number in range(rows):
            is_bad = number % every == every - 1
            shown = BAD_SERIALS[number // every % 4] if is_bad else serial(number, prefix)
            maker, model = MODELS[number % len(MODELS)]
            person = f"Person {number % 900:03d}"
            cells = (shown, maker, model, f"PC-{prefix}-{number:05d}", person, "FR")
            for column, cell in enumerate(cells):
                sheet.write_string(number + 1, column, cell)


def correct(file: Path, corrected: Path, prefix: str) -> int:
    """Give each row of an error file a serial number; returns how many there were."""
    head, *rows = python_calamine.load_workbook(str(file)).get_sheet_by_index(0).to_python()
    place = head.index(HEADERS[0])
    for number, row in enumerate(rows):
        row[place] = serial(number, prefix)
    with corrected.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([head, *rows])
    return len(rows)
