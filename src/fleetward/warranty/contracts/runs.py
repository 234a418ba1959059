"""Bulk processing: a run, how far it is, and how each of its devices ended (W6, W7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from fleetward.devices.bulk.contracts import SinceSelected
from fleetward.kernel.errors import Conflict


class RunState(StrEnum):
    """Where a run stands (W7). DONE_WITH_PROBLEMS: some devices could not be asked about."""

    PLANNING = "PLANNING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    DONE_WITH_PROBLEMS = "DONE_WITH_PROBLEMS"
    CANCELLED = "CANCELLED"

    @property
    def is_open(self) -> bool:
        return self in (RunState.PLANNING, RunState.RUNNING)


class Trigger(StrEnum):
    """What a run visits: every device of the tenant, those that are due by themselves, those that
    somebody selected, or one.
    """

    BULK = "BULK"
    SCHEDULED = "SCHEDULED"
    SELECTION = "SELECTION"
    DEVICE = "DEVICE"


class RunScope(StrEnum):
    """Which devices a run that somebody starts is for, by their coverage (W7)."""

    ALL = "ALL"
    EXPIRED = "EXPIRED"
    EXPIRING = "EXPIRING"


# How a device of a run ended: one of these, or the reason (`Reason`) why there is no answer.
FOUND = "FOUND"
NOT_FOUND = "NOT_FOUND"
CANCELLED = "CANCELLED"
DELETED = "DELETED"
# The run had to be ended: it took too long, or our own part of it failed again and again.
STOPPED = "STOPPED"


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run. `devices` is how many it visits, known once it is planned.

    Of a selection, `query` is the filter of the list that the devices were selected from, and
    `is_whole`: they were all that it left; `since` is what had become of them when the run was
    planned, as far as it is. `name` is that of the view or group that it is for, as it was then;
    `scope`: it is for devices of such a coverage. `problem` is the code of the error for which it
    could not go on, '' for none.
    """

    id: int
    uid: str
    tenant: int
    state: RunState
    trigger: Trigger
    started_by: str
    devices: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    query: str = ""
    is_whole: bool = False
    problem: str = ""
    since: SinceSelected | None = None
    name: str = ""
    scope: RunScope | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A tenant's scheduled runs (W7). `due`: devices that the next one, on `next_on`, visits, or
    some of them if it `has_more`."""

    is_on: bool
    next_on: date
    due: int
    has_more: bool


@dataclass(frozen=True, slots=True)
class ProviderProgress:
    """How far a run is with one provider; '' stands for the devices that no provider answers for.

    `failed` were asked about in vain, `skipped` were not asked about; both by reason. `simulated`
    are those for which a simulator answered, whatever it said (W20).
    """

    provider: str
    found: int = 0
    not_found: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)
    waiting: int = 0
    simulated: int = 0

    @property
    def asked(self) -> int:
        return self.found + self.not_found + sum(self.failed.values())

    @property
    def done(self) -> int:
        return self.asked + sum(self.skipped.values())

    @property
    def devices(self) -> int:
        return self.done + self.waiting


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One line of a run's summary: how one device ended, and what it was when it was asked about.

    `is_simulated`: a simulator answered for it (W20).
    """

    manufacturer: str
    serial: str
    name: str
    provider: str
    outcome: str
    is_simulated: bool


@dataclass(eq=False)
class UnfitFilter(Conflict):
    """A filter that would meet other devices than were meant."""

    code: ClassVar[str] = "unfit_filter"
    text: ClassVar[str] = (
        "The view shows deleted devices or a selection, or has a filter that is not known."
    )
    fix: ClassVar[str] = "Change the view, or choose another one."


@dataclass(eq=False)
class RunOver(Conflict):
    """The run has ended, so that there is nothing to cancel."""

    code: ClassVar[str] = "run_over"
    text: ClassVar[str] = "This bulk processing is over."
    fix: ClassVar[str] = "Start a new one if you want."
