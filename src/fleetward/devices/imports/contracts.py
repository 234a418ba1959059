"""Imports as others see them: states, outcomes, what an analysis found, and the refusals."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as made
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from fleetward.devices.contracts import Problem
from fleetward.kernel.errors import Conflict, Invalid
from fleetward.kernel.texts import N_

# Columns of our own files, by language. A list that is sent again may still hold them.
REASON_HEADERS = {"en": "Refused because", "fr": "Motif du refus"}
OUTCOME_HEADERS = {"en": "Import outcome", "fr": "Résultat de l’importation"}
ROW_HEADERS = {"en": "Row in the file", "fr": "Ligne du fichier"}
OUR_HEADERS = (*REASON_HEADERS.values(), *OUTCOME_HEADERS.values(), *ROW_HEADERS.values())


class ImportState(StrEnum):
    """Where an import is. READY waits for a person; from DONE on nothing changes any more."""

    UPLOADED = "UPLOADED"
    ANALYSING = "ANALYSING"
    READY = "READY"
    RUNNING = "RUNNING"
    CANCELLING = "CANCELLING"
    DONE = "DONE"
    REFUSED = "REFUSED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


# States that a worker moves on by itself; one without a heartbeat has lost its worker.
WORKING = frozenset(
    {
        ImportState.UPLOADED,
        ImportState.ANALYSING,
        ImportState.RUNNING,
        ImportState.CANCELLING,
    }
)


# From these on nothing changes any more.
ENDED = frozenset(
    {ImportState.DONE, ImportState.REFUSED, ImportState.FAILED, ImportState.CANCELLED}
)


class Outcome(StrEnum):
    """How one row ended. SKIPPED: the import was cancelled or failed before the row's turn."""

    NEW = "NEW"
    CHANGED = "CHANGED"
    UNCHANGED = "UNCHANGED"
    REFUSED = "REFUSED"
    SKIPPED = "SKIPPED"


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows by outcome. Their sum is the number of rows, once an import has ended."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    skipped: int = 0

    @property
    def rows(self) -> int:
        return self.new + self.changed + self.unchanged + self.refused + self.skipped


@dataclass(frozen=True, slots=True)
class ColumnMatch:
    """A column of the file: the field that it fills, or '' for one that is not imported.

    `is_ours`: the reasons that we wrote into an error file, which nobody needs to map.
    """

    header: str
    field: str = ""
    samples: tuple[str, ...] = ()
    is_ours: bool = False


@dataclass(frozen=True, slots=True)
class SampleRow:
    """A row of the preview. `changes`: field -> (stored, in the list), of a CHANGED row."""

    row_no: int
    outcome: Outcome
    cells: Mapping[str, str]
    refusal: str = ""
    field: str = ""
    changes: Mapping[str, tuple[str, str]] = made(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RefusedRows:
    """Rows of one refusal in one field: how many, and the first of them by their numbers."""

    refusal: str
    field: str
    count: int
    first: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Hint:
    """Something to look at in a row that is imported all the same: never repaired in silence."""

    row_no: int
    serial: str
    code: str


@dataclass(frozen=True, slots=True)
class Report:
    """What the analysis of a file found. `missing`: fields without which no row has an identity."""

    kind: str = ""
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    other_sheets: tuple[str, ...] = ()
    blank_rows: int = 0
    profile: str = ""
    columns: tuple[ColumnMatch, ...] = ()
    missing: tuple[str, ...] = ()
    expected: Counts = Counts()
    refusals: Mapping[str, int] = made(default_factory=dict)
    refused: tuple[RefusedRows, ...] = ()
    sample: tuple[SampleRow, ...] = ()
    hints: tuple[Hint, ...] = ()
    hint_counts: Mapping[str, int] = made(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """`first` and `last` serial of the rows that are not refused; '' where all are."""

    rows: int
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class ExtraValue:
    """One text of the extra column: in how many rows it stands, and the first of them."""

    text: str
    rows: int
    first_row: int


@dataclass(frozen=True, slots=True)
class NamedList:
    """The rows of a list as what they name. `values`: the first ones, of `distinct`."""

    rows: int
    batches: list[Batch]
    values: list[ExtraValue]
    distinct: int


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """An import as a line of the list. `counts` are of stored rows.

    From `rows_removed_at` on, downloads have the outcome of each row without its cells.
    """

    id: int
    uid: uuid.UUID
    state: ImportState
    origin: str
    file_name: str
    file_size: int
    started_by: str
    rows: int
    done_rows: int
    counts: Counts
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    rows_removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ImportDetail:
    summary: ImportSummary
    report: Report
    mapping: Mapping[str, str]
    default_manufacturer: str
    problem: Problem | None
    outcome_digest: str

    @property
    def may_start(self) -> bool:
        return self.summary.state is ImportState.READY and not self.report.missing


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """How one row ended. `device_uid` of a device that was stored or found."""

    row_no: int
    outcome: Outcome
    refusal: str = ""
    field: str = ""
    device_uid: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """What a door hands over beside the bytes. `mapping`: field -> header, None to guess it.

    With `starts_itself` nobody is asked to confirm: what can be imported is imported.
    """

    file_name: str
    origin: str = "CSV"
    request_key: str | None = None
    mapping: Mapping[str, str] | None = None
    default_manufacturer: str = ""
    starts_itself: bool = False


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of an upload; `is_repeated`: the import is that of an earlier, equal request."""

    uid: uuid.UUID
    is_repeated: bool = False


@dataclass(eq=False)
class BadMapping(Invalid):
    """A column that does not exist, a field that does not exist, or one of them used twice."""

    name: str

    code: ClassVar[str] = "import_bad_mapping"
    text: ClassVar[str] = N_("The columns cannot be matched like this: {name}.")
    fix: ClassVar[str] = N_("Give each field one column of the file, and no column to two fields.")


@dataclass(eq=False)
class ImportNotReady(Conflict):
    """What was asked for does not fit the state that the import is in."""

    state: str

    code: ClassVar[str] = "import_not_ready"
    text: ClassVar[str] = N_("This import cannot do that now; its state is {state}.")
    fix: ClassVar[str] = N_("Open the import to see where it is, or upload the list again.")


@dataclass(eq=False)
class RowsRemoved(Conflict):
    """Refused rows are asked for, to correct them, and the file is not kept any more."""

    removed_on: date

    code: ClassVar[str] = "import_rows_removed"
    text: ClassVar[str] = N_("The rows of this file were removed on {removed_on}.")
    fix: ClassVar[str] = N_(
        "Download the outcome of every row to see which were refused, and correct them in your own "
        "copy of the list."
    )


@dataclass(eq=False)
class ColumnsMissing(Invalid):
    """Without these fields no row has an identity; known once the file has been read."""

    fields: str

    code: ClassVar[str] = "import_columns_missing"
    text: ClassVar[str] = N_("No column of the file gives: {fields}.")
    fix: ClassVar[str] = N_(
        "Match a column to each of them, or choose one manufacturer for all rows."
    )


@dataclass(eq=False)
class ImportBroken(Conflict):
    """The worker gave up after several tries; its log says why."""

    code: ClassVar[str] = "import_broken"
    text: ClassVar[str] = N_("The import stopped because of an error on the server.")
    fix: ClassVar[str] = N_(
        "Send the list again; if it stops again, ask the operator to read the log."
    )


@dataclass(eq=False)
class RightLost(Conflict):
    """Rights are checked when work is done, not only when it is queued (hardening, tenants)."""

    code: ClassVar[str] = "import_right_lost"
    text: ClassVar[str] = N_("Whoever started the import may no longer import devices here.")
    fix: ClassVar[str] = N_("Let somebody with the right send the list again.")
