"""What is known of a file that was read, without its rows: all that pages and previews need."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

# The column of a frame that holds the row number of the file. A header of that name is renamed.
ROW_NO = "row_no"
# A result of this name is written as lines of JSON.
LINES = ".ndjson"
# A cell of nothing but these is blank. One set for Python and polars, whose ideas of blanks differ.
BLANKS = " \t\r\n\u00a0"


class FileKind(StrEnum):
    CSV = "CSV"
    CSV_GZ = "CSV_GZ"
    XLSX = "XLSX"


@dataclass(frozen=True, slots=True)
class Reading:
    """`rows` + `blank_rows` + the header are all records of the file.

    `encoding` and `separator` are for people: "windows-1252" is shown, never used in silence.
    `other_sheets` names the visible sheets of a workbook that were not read. `sample` holds the
    first rows for a preview, or all of a small list, and `sample_numbers` their row numbers.
    """

    kind: FileKind
    headers: tuple[str, ...]
    header_row: int
    rows: int
    blank_rows: int
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    other_sheets: tuple[str, ...] = ()
    sample: tuple[tuple[str, ...], ...] = ()
    sample_numbers: tuple[int, ...] = ()
