"""Writes what `fleetward check` found: a CSV, XLSX or JSON file, and the table on the terminal."""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from fleetward.cli.check_line import HEADERS, BlankLine, CheckedLine, as_cells, as_object
from fleetward.infra.files.csv_writer import csv_lines
from fleetward.infra.files.xlsx_writer import write_xlsx
from fleetward.warranty.contracts import Status
from fleetward.warranty.texts import REASON_TEXTS, STATUS_LABELS

# What a cell of a workbook can hold.
XLSX_CELL = 32_767
COVERED = (Status.IN, Status.EXPIRING)
WrittenLines = Sequence[CheckedLine | BlankLine]


def printable(text: str) -> str:
    """Text of strangers without characters that would steer the terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def _write_csv(lines: WrittenLines, file: Path) -> None:
    with file.open("wb") as out:
        out.writelines(csv_lines(HEADERS, map(as_cells, lines)))


def _write_xlsx(lines: WrittenLines, file: Path) -> None:
    rows = ([cell[:XLSX_CELL] for cell in as_cells(line)] for line in lines)
    write_xlsx(file, HEADERS, rows)


def _write_json(lines: WrittenLines, file: Path) -> None:
    """An array with one object for each line of the list, each on a line of its own."""
    objects = (json.dumps(as_object(line), ensure_ascii=False) for line in lines)
    file.write_text("[\n" + ",\n".join(objects) + "\n]\n", encoding="utf-8")


WRITERS: dict[str, Callable[[WrittenLines, Path], None]] = {
    ".csv": _write_csv,
    ".xlsx": _write_xlsx,
    ".json": _write_json,
}


def write_file(lines: WrittenLines, file: Path) -> None:
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
    covered = Counter(line.manufacturer for line in lines if line.is_covered)
    # Beside the status, which looks at the end alone: before cover begins the two differ (W18).
    table.add_column(_("Covered that day"), footer=str(covered.total()), justify="right")
    for maker, total in makers.most_common():
        cells = [str(counts[maker, status]) for status in Status]
        table.add_row(printable(maker) or _("(none)"), str(total), *cells, str(covered[maker]))
    return table


def _share(lines: Sequence[CheckedLine]) -> str:
    covered = sum(line.coverage.status in COVERED for line in lines)
    percent = round(100 * covered / len(lines)) if lines else 0
    return _("{covered} of {total} lines are in warranty, {percent} %.").format(
        covered=covered, total=len(lines), percent=percent
    )


def _reason_table(lines: Sequence[CheckedLine]) -> Table:
    """As the file says it: a line with a remark is counted under that."""
    counts = Counter((line.coverage.reason, line.remark) for line in lines if line.coverage.reason)
    table = Table(title=_("Why devices are Unknown"))
    table.add_column(_("Reason"))
    table.add_column(_("Lines"), justify="right")
    table.add_column(_("What to do"))
    for (reason, remark), count in counts.most_common():
        text = REASON_TEXTS[reason]
        table.add_row(remark or str(text.label), str(count), str(text.fix))
    return table
