"""Reminders of the end of coverage (S9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
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
class ReminderMonth:
    """How many reminders the month that begins on `first` will bring, by days before the end."""

    first: date
    by_days: Mapping[int, int]

    @property
    def reminders(self) -> int:
        return sum(self.by_days.values())


@dataclass(frozen=True, slots=True)
class Digest:
    """What a tenant was told of on one day: devices, and those of a simulator's answer (W20)."""

    devices: int
    simulated: int
