"""A schedule as others give and read it, and why one cannot start."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from fleetward.devices.bulk.contracts import NothingSelected
from fleetward.devices.contracts import TooManyDevices
from fleetward.kernel.errors import Conflict, Invalid
from fleetward.warranty.contracts import RunRow

MOST_SCHEDULES = 50
LONGEST_PAUSE = 90


@dataclass(frozen=True, slots=True)
class ScheduleInput:
    """What is refreshed, either a shared view or a group, and every how many days.

    `next_on`: the day in whose night it starts next; None for the next night.
    """

    every_days: int
    view: UUID | None = None
    group: UUID | None = None
    next_on: date | None = None


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """A schedule. `name` is that of its view or group, the last one known if that is gone.

    `query` is its filter as the address of the device list holds it; '' where it is gone.
    `problem` is the code of the error for which it cannot start, or did not the last time.
    """

    uid: UUID
    name: str
    view: UUID | None
    group: UUID | None
    query: str
    every_days: int
    next_on: date
    problem: str
    latest_run: RunRow | None
    made_by: str
    created_at: datetime
    updated_at: datetime


@dataclass(eq=False)
class BadSchedule(Invalid):
    """One field of a schedule cannot be accepted. `field`: target, every_days or next_on."""

    field: str
    problem: str

    code: ClassVar[str] = "bad_schedule"
    text: ClassVar[str] = "{problem}"
    fix: ClassVar[str] = "Correct it and save again."


@dataclass(eq=False)
class TooManySchedules(Conflict):
    most: int = MOST_SCHEDULES

    code: ClassVar[str] = "too_many_schedules"
    text: ClassVar[str] = "A tenant has at most {most} schedules."
    fix: ClassVar[str] = "Delete schedules that nobody needs any more."


@dataclass(eq=False)
class ScheduleTargetGone(Conflict):
    """Deleted, or a view that is shared no longer."""

    code: ClassVar[str] = "schedule_target_gone"
    text: ClassVar[str] = "Its view or group was deleted, or the view is not shared any more."
    fix: ClassVar[str] = "Give the schedule another view or group, or delete it."


@dataclass(eq=False)
class ScheduleTargetUnfit(Conflict):
    """A filter that would visit other devices than it was meant to."""

    code: ClassVar[str] = "schedule_target_unfit"
    text: ClassVar[str] = (
        "Its view shows deleted devices or a selection, or has a filter that is not known."
    )
    fix: ClassVar[str] = "Change the view, or give the schedule another one."


@dataclass(eq=False)
class ScheduleGroupGone(Conflict):
    """A filter that leaves nothing, because it, or a dynamic group in it, asks for a lost group."""

    code: ClassVar[str] = "schedule_group_gone"
    text: ClassVar[str] = "The filter of its view or group asks for a group that was deleted."
    fix: ClassVar[str] = "Change that filter, or give the schedule another view or group."


# Why a schedule does not start; that there is just no device is no fault.
HINDRANCES = (
    ScheduleTargetGone,
    ScheduleTargetUnfit,
    ScheduleGroupGone,
    NothingSelected,
    TooManyDevices,
)
NO_DEVICE = NothingSelected.code
