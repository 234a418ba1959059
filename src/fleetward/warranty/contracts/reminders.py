"""Reminders of the end of coverage (S9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ReminderRow:
    """Of one device, `days` before its end at most; told on `sent_on`."""

    id: int
    device_uid: UUID
    name: str
    manufacturer: str
    serial: str
    ends_on: date
    days: int
    sent_on: date
    is_simulated: bool


@dataclass(frozen=True, slots=True)
class ReminderPeriod:
    """How many reminders a month or a day will bring, by days before the end; of how many devices.

    `first` is its first day, `begins_on` the first one on which something may still be sent. `late`
    are those of the reminders whose own day was over before that. `seen_from`: reminders of earlier
    ends are not looked at any more.
    """

    first: date
    begins_on: date
    latest: date
    seen_from: date
    is_begun: bool
    by_days: Mapping[int, int] = field(default_factory=dict)
    late: Mapping[int, int] = field(default_factory=dict)
    devices: int = 0

    @property
    def reminders(self) -> int:
        return sum(self.by_days.values())

    def ends(self, days: int) -> tuple[date, date] | None:
        """From when to when the coverage of its devices of one threshold ends.

        None where that does not tell which they are: of late ones others may have been told.
        """
        is_late = bool(self.late.get(days))
        if is_late and self.is_begun:
            return None
        first = self.seen_from if is_late else self.begins_on + timedelta(days)
        return first, self.latest + timedelta(days)


@dataclass(frozen=True, slots=True)
class ReminderCalendar:
    """What will be sent if nothing changes, in each of some months or on each day of one (S9).

    `next_on` is the day on which the next ones are sent; `is_simulated`: some are of an end that a
    simulator has answered (W20).
    """

    next_on: date
    periods: Sequence[ReminderPeriod]
    is_simulated: bool

    @property
    def late(self) -> int:
        return sum(sum(one.late.values()) for one in self.periods)


@dataclass(frozen=True, slots=True)
class Unsent:
    """Reminders that are due and were not sent, of all days from `since` on (S9)."""

    since: date
    reminders: int
    devices: int


@dataclass(frozen=True, slots=True)
class DueReminder:
    """A reminder that the next message tells of."""

    device_uid: UUID
    name: str
    manufacturer: str
    serial: str
    ends_on: date
    days: int
    is_simulated: bool


@dataclass(frozen=True, slots=True)
class Digest:
    """What a tenant was told of on one day: devices, and those of a simulator's answer (W20)."""

    devices: int
    simulated: int
