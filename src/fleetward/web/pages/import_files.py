"""The downloads of an import: every row with its outcome, or the refused ones to send again."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpResponseBase
from django.utils.translation import get_language, gettext

from fleetward.devices.imports.contracts import Outcome
from fleetward.devices.imports.queries import OutcomeFile
from fleetward.infra.downloads import download, download_pieces
from fleetward.infra.files.csv_writer import csv_lines
from fleetward.infra.files.xlsx_writer import write_xlsx
from fleetward.web.pages.import_texts import OUTCOMES, reasons

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Writing 50,000 rows of 13 cells takes a web process 3.5 s; larger summaries are CSV only.
MOST_XLSX_ROWS = 50_000

Lines = tuple[list[str], Iterator[list[str]]]


def summary_lines(found: OutcomeFile) -> Lines:
    """Every row as it came, between its number and its outcome."""
    outcomes = {outcome: str(OUTCOMES[outcome][0]) for outcome in Outcome}
    return found.table(_why(), outcomes.__getitem__, _language())


def error_lines(found: OutcomeFile) -> Lines:
    """The refused rows between their number in the file and the reason, to correct and send again.

    What is added is known and left out when the file comes back.
    """
    return found.table(_why(), language=_language())


def csv_response(lines: Lines, name: str) -> HttpResponseBase:
    return download_pieces(csv_lines(*lines), name=f"{name}.csv")


def xlsx_response(lines: Lines, name: str) -> HttpResponseBase:
    return download(
        lambda out: write_xlsx(out, *lines), name=f"{name}.xlsx", content_type=XLSX_TYPE
    )


def _language() -> str:
    return "fr" if (get_language() or "").startswith("fr") else "en"


class _why:  # noqa: N801
    """Reasons in the reader's language, which ends with the view: looked up before the rows are."""

    def __init__(self) -> None:
        self.reasons = reasons()
        self.pattern = gettext("{column}: {reason}")

    def __call__(self, refusal: str, column: str) -> str:
        reason = self.reasons.get(refusal, "")
        if not reason or not column:
            return reason
        return self.pattern.format(column=column, reason=reason)
