"""Files of transfers: the sample, the summary of a transfer, and what has arrived."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.http import HttpResponseBase
from django.utils.translation import gettext as _

from fleetward.infra.downloads import download_pieces, download_sheet
from fleetward.infra.files.csv_writer import csv_lines
from fleetward.kernel.errors import NotFound
from fleetward.transfers.contracts import (
    CUSTOMER_HEADER,
    MANUFACTURER_HEADER,
    SERIAL_HEADER,
    OutcomeLine,
    RowOutcome,
)
from fleetward.transfers.texts import description_of, state_of
from fleetward.web.pages.transfer_texts import OUTCOMES, advice

# As many as a sheet has below its headers: every summary, as no file has more than 1,000,000 rows.
# They are written in constant memory, in about 40 s a million; the web servers wait 300 s.
MOST_XLSX_ROWS = 1_048_575
# Made-up machines; the third column may be left out.
_SAMPLE = (("5CG1234XYZ", "HP"), ("PF4ABCDE", "Lenovo"), ("7XYZ123", ""))


def sample(kind: str, customer_id: str) -> HttpResponseBase:
    """A file as it may be sent (X3). Raises: NotFound."""
    headers = [SERIAL_HEADER, CUSTOMER_HEADER, MANUFACTURER_HEADER]
    rows = [[serial, customer_id, maker] for serial, maker in _SAMPLE]
    return _file(kind, headers, rows, _("transfer sample"), len(rows))


def summary(kind: str, lines: Iterable[OutcomeLine], name: str, count: int) -> HttpResponseBase:
    """Every row. Raises: NotFound."""
    return _file(kind, *summary_table(lines), name, count)


def summary_table(
    lines: Iterable[OutcomeLine],
) -> tuple[Sequence[str], Iterable[Sequence[str]]]:
    """Rows with State and State Description, which no language changes, below their headers."""
    headers = [
        _("Row in the file"),
        SERIAL_HEADER,
        MANUFACTURER_HEADER,
        CUSTOMER_HEADER,
        "State",
        "State Description",
        _("What to do"),
    ]
    # Looked up before the rows are: the language ends with the view.
    told = _Advice()
    rows = (
        [
            str(line.row_no),
            line.serial,
            line.manufacturer,
            line.customer_id,
            state_of(line.outcome),
            description_of(line.outcome, line.refusal),
            told(line),
        ]
        for line in lines
    )
    return headers, rows


def arrived(kind: str, lines: Iterable[OutcomeLine], name: str, count: int) -> HttpResponseBase:
    """Every device that came. Raises: NotFound."""
    merged = str(OUTCOMES[RowOutcome.MERGED][0])
    headers = [SERIAL_HEADER, MANUFACTURER_HEADER, _("Note")]
    rows = (
        [line.serial, line.manufacturer, merged if line.outcome is RowOutcome.MERGED else ""]
        for line in lines
    )
    return _file(kind, headers, rows, name, count)


class _Advice:
    def __init__(self) -> None:
        self.of_outcome = {outcome: advice(outcome, "") for outcome in RowOutcome}
        self.of_refusal: dict[str, str] = {word: advice(RowOutcome.REFUSED, word) for word in WORDS}

    def __call__(self, line: OutcomeLine) -> str:
        return self.of_refusal.get(line.refusal) or self.of_outcome[line.outcome]


WORDS = (
    "MISSING_SERIAL",
    "JUNK_SERIAL",
    "SCIENTIFIC_NOTATION",
    "DATE_LIKE_SERIAL",
    "SPREADSHEET_ERROR",
    "INVISIBLE_CHARACTERS",
    "SERIAL_TOO_LONG",
)


def _file(
    kind: str, headers: Sequence[str], rows: Iterable[Sequence[str]], name: str, count: int
) -> HttpResponseBase:
    if kind == "csv":
        return download_pieces(csv_lines(headers, rows), name=f"{name}.csv")
    if kind != "xlsx" or count > MOST_XLSX_ROWS:
        raise NotFound
    return download_sheet(headers, rows, name=name)
