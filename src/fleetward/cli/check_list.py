"""Reads the device list for `fleetward check`: every row becomes a line, good or not."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from django.utils.translation import gettext as _

from fleetward.devices.contracts import Refusal
from fleetward.devices.imports.contracts import OUR_HEADERS
from fleetward.devices.queries.pure import (
    canonical_product_number,
    canonical_serial,
    clean_text,
    country_code,
    default_junk,
    guess_columns,
    is_virtual_machine,
    missing_fields,
    normalise_manufacturer,
    serial_problem,
)
from fleetward.infra.files.frames import read_upload
from fleetward.infra.files.reading import ROW_NO, Reading
from fleetward.kernel.errors import Invalid
from fleetward.kernel.texts import N_
from fleetward.warranty.queries.pure import Candidate

# What the words of JUNK_SERIAL do not say. Nothing is repaired: only a person knows the serial.
REMARKS: Mapping[Refusal, str] = {
    Refusal.SCIENTIFIC_NOTATION: N_("A spreadsheet turned the serial number into a number."),
    Refusal.DATE_LIKE_SERIAL: N_("A spreadsheet turned the serial number into a date."),
    Refusal.SPREADSHEET_ERROR: N_("A spreadsheet shows an error instead of the serial number."),
    Refusal.INVISIBLE_CHARACTERS: N_("The serial number has invisible characters."),
    Refusal.SERIAL_TOO_LONG: N_("The serial number is too long."),
}
NO_MAKER = N_("The line names no manufacturer.")


@dataclass(eq=False)
class NoSuchColumn(Invalid):
    """The list lacks a column without which nobody can be asked."""

    missing: str
    headers: str

    code: ClassVar[str] = "check_column_missing"
    text: ClassVar[str] = N_("No column is known as: {missing}. The columns are: {headers}.")
    fix: ClassVar[str] = N_(
        'Give the column a header such as "Serial Number" or "Manufacturer", or name the '
        "manufacturer of all lines with --manufacturer."
    )


@dataclass(frozen=True, slots=True)
class ListLine:
    """One row of the list. `remark` says more on why it cannot be asked about."""

    row: int
    manufacturer: str
    candidate: Candidate
    remark: str = ""

    @property
    def serial(self) -> str:
        return self.candidate.serial


@dataclass(frozen=True, slots=True)
class DeviceList:
    """All rows in their order, and what a person should know of how the file was read.

    `blank_rows` are the numbers of rows without any value, which nobody can be asked about.
    """

    lines: Sequence[ListLine]
    blank_rows: Sequence[int]
    remarks: Sequence[str]


def read_list(file: Path, manufacturer: str = "") -> DeviceList:
    """The lines of a list; `manufacturer` is for rows that name none. Raises: FileRefused, ..."""
    table = read_upload(file)
    headers = table.reading.headers
    guess = guess_columns([header for header in headers if header not in OUR_HEADERS])
    missing = missing_fields(guess.columns, has_default_manufacturer=bool(manufacturer))
    if missing:
        raise NoSuchColumn(", ".join(missing), ", ".join(headers))
    fields = list(guess.columns)
    rows = table.frame.select(ROW_NO, *guess.columns.values()).iter_rows()
    lines = [
        _line(row_no, dict(zip(fields, cells, strict=True)), manufacturer)
        for row_no, *cells in rows
    ]
    blank = _blank_rows(table.reading, {line.row for line in lines})
    return DeviceList(lines, blank, _remarks(table.reading, guess.unknown))


def _blank_rows(reading: Reading, filled: Container[int]) -> list[int]:
    after = reading.header_row + 1
    rows = range(after, after + reading.rows + reading.blank_rows)
    return [row for row in rows if row not in filled]


def _line(row: int, cells: Mapping[str, str], manufacturer: str) -> ListLine:
    serial = canonical_serial(cells["serial"])
    model = clean_text(cells.get("model", ""))
    maker = clean_text(cells.get("manufacturer", "")) or manufacturer
    canonical_maker = normalise_manufacturer(maker, model)
    problem = serial_problem(serial, default_junk())
    is_virtual = is_virtual_machine(canonical_maker, model)
    candidate = Candidate(
        serial=serial,
        product_number=canonical_product_number(cells.get("product_number", "")),
        country=country_code(cells.get("country", "")) or "",
        is_junk=problem not in (None, Refusal.MISSING_SERIAL),
        is_virtual=is_virtual,
        # A file lists devices, it enrols none (E2).
        is_enrolled=False,
    )
    remark = "" if is_virtual else _remark(problem, canonical_maker)
    return ListLine(row, canonical_maker, candidate, remark=_(remark) if remark else "")


def _remark(problem: Refusal | None, maker: str) -> str:
    """What is said of a line instead of what its reason means; '' is nothing more."""
    if problem:
        return REMARKS.get(problem, "")
    return "" if maker else NO_MAKER


def _remarks(reading: Reading, unknown: Sequence[str]) -> list[str]:
    remarks = []
    if unknown:
        remarks.append(_("Columns that are not used: {names}.").format(names=", ".join(unknown)))
    if reading.encoding.lower().startswith("windows"):
        remarks.append(_("The file was read as {name}.").format(name=reading.encoding))
    if reading.other_sheets:
        remarks.append(
            _("Only the sheet {sheet} was read, not: {names}.").format(
                sheet=reading.sheet, names=", ".join(reading.other_sheets)
            )
        )
    if reading.blank_rows:
        told = _("Blank rows, which nobody is asked about: {n}.")
        remarks.append(told.format(n=reading.blank_rows))
    return remarks
