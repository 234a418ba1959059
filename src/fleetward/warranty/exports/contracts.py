"""Exports as others see them: formats, states, what is asked for, and the refusals."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from fleetward.devices.bulk.contracts import SinceSelected
from fleetward.devices.contracts import Problem
from fleetward.kernel.errors import Conflict, NotFound
from fleetward.kernel.texts import N_

# Under way at once for one person: each may take minutes, and as much disk as the list is long.
MOST_OPEN = 5
# They are made while somebody waits: these take about a second, a part of which nobody else has.
MOST_LABELS = 250
# Of one selection, in as many parts as it takes.
MOST_PRINTED = 5_000


class ExportFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


class ExportState(StrEnum):
    """Where an export is. DONE: its file is there, until it is too old."""

    RUNNING = "RUNNING"
    CANCELLING = "CANCELLING"
    DONE = "DONE"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"

    @property
    def is_open(self) -> bool:
        return self in (ExportState.RUNNING, ExportState.CANCELLING)


@dataclass(frozen=True, slots=True)
class Day:
    """The tenant's day of which a list is, whenever it is written."""

    today: date
    time_zone: str
    expiring_days: int


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One export. `query` is the filter of the list as its address holds it.

    `devices` is known once the list was read; `written`: those that the file holds so far.
    `since`: of a selection, what had become of its devices when the list was read.
    """

    id: int
    uid: uuid.UUID
    format: ExportFormat
    state: ExportState
    started_by: str
    on_behalf: str
    request_id: str
    query: str
    today: date
    devices: int
    written: int
    size: int
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None
    is_removed: bool
    problem: Problem | None = None
    since: SinceSelected | None = None

    @property
    def has_file(self) -> bool:
        return self.state is ExportState.DONE and not self.is_removed


@dataclass(eq=False)
class TooManyExports(Conflict):
    most: int

    code: ClassVar[str] = "too_many_exports"
    text: ClassVar[str] = N_("You have {most} exports under way already.")
    fix: ClassVar[str] = N_("Wait until one of them is done, or cancel one.")


@dataclass(eq=False)
class ExportTooLong(Conflict):
    """What an Excel sheet holds at most is not ours to change."""

    devices: int
    most: int

    code: ClassVar[str] = "export_too_long"
    text: ClassVar[str] = N_("The list has {devices} devices, and an Excel sheet holds {most}.")
    fix: ClassVar[str] = N_("Export it as CSV, or filter the list and export it in parts.")


@dataclass(eq=False)
class ExportNotReady(Conflict):
    state: str

    code: ClassVar[str] = "export_not_ready"
    text: ClassVar[str] = N_("This export has no file: it is {state}.")
    fix: ClassVar[str] = N_("Wait until it is DONE. If it failed or was cancelled, export again.")


@dataclass(eq=False)
class ExportOver(Conflict):
    code: ClassVar[str] = "export_over"
    text: ClassVar[str] = N_("This export is over.")
    fix: ClassVar[str] = N_("Start a new one if you want.")


@dataclass(eq=False)
class ExportGone(NotFound):
    """Files are kept for a while, and not in backups."""

    code: ClassVar[str] = "export_gone"
    text: ClassVar[str] = N_("The file of this export is not kept any more.")
    fix: ClassVar[str] = N_("Export the list again.")


@dataclass(eq=False)
class ExportRightLost(Conflict):
    """Rights are checked when work is done, not only when it is queued (hardening, tenants)."""

    code: ClassVar[str] = "export_right_lost"
    text: ClassVar[str] = N_("Whoever started the export may no longer export here.")
    fix: ClassVar[str] = N_("Let somebody with the right start it again.")


@dataclass(eq=False)
class ExportBroken(Conflict):
    code: ClassVar[str] = "export_broken"
    text: ClassVar[str] = N_("The export stopped because of an error on the server.")
    fix: ClassVar[str] = N_("Start it again; if it stops again, ask the operator to read the log.")


@dataclass(eq=False)
class TooManyLabels(Conflict):
    most: int
    devices: int

    code: ClassVar[str] = "too_many_labels"
    text: ClassVar[str] = N_("Labels are for {most} devices at most, and {devices} are selected.")
    fix: ClassVar[str] = N_("Select fewer devices, and print the others after them.")
