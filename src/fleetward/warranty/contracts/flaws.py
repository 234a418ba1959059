"""Gaps and doubles between the entitlements of a device: days without cover, days bought twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from fleetward.warranty.contracts.coverage import Entitlement, EntitlementKind


class FlawKind(StrEnum):
    """GAP_AHEAD: days without cover that are yet to come, or have begun and are not over.

    GAP_PAST: days without cover that are over. DOUBLE: the same service, bought twice.
    """

    GAP_AHEAD = "GAP_AHEAD"
    GAP_PAST = "GAP_PAST"
    DOUBLE = "DOUBLE"


@dataclass(frozen=True, slots=True)
class Double:
    """Two lines of one service that run at the same time. `ends_on` None: neither ends."""

    first: Entitlement
    second: Entitlement
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class FlawFilter:
    """Which flaws: of one kind and, where days are given, those that have one of these days.

    `groups`: of the devices that are in any of these today (E13).
    """

    kind: FlawKind = FlawKind.GAP_AHEAD
    first: date | None = None
    latest: date | None = None
    groups: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class FlawLine:
    """A line of cover as a flaw tells it. Without a name its code stands there."""

    kind: EntitlementKind
    name: str
    number: str
    starts_on: date | None
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class FlawRow:
    """One gap or double of one device, in the order of `place`. `ends_on` None: it does not end.

    `lines`: of a gap what ends the gap, of a double the two lines.
    """

    place: Sequence[int]
    kind: FlawKind
    device_uid: str
    name: str
    manufacturer: str
    serial: str
    model: str
    starts_on: date
    ends_on: date | None
    lines: tuple[FlawLine, ...]
    is_simulated: bool

    @property
    def days(self) -> int | None:
        return (self.ends_on - self.starts_on).days + 1 if self.ends_on else None


@dataclass(frozen=True, slots=True)
class FlawCount:
    """Flaws of one kind. `days` leaves out doubles that do not end; `running`: not yet over."""

    flaws: int = 0
    devices: int = 0
    days: int = 0
    running: int = 0
    is_simulated: bool = False


@dataclass(frozen=True, slots=True)
class FlawQuarter:
    """The gaps that have a day of this quarter, from today on."""

    first: date
    latest: date
    gaps: int
    devices: int


@dataclass(frozen=True, slots=True)
class FlawSummary:
    """Every kind with its numbers, and the gaps of the quarters from the present one on."""

    today: date
    counts: Mapping[FlawKind, FlawCount]
    quarters: Sequence[FlawQuarter]

    @property
    def flaws(self) -> int:
        return sum(count.flaws for count in self.counts.values())

    @property
    def is_simulated(self) -> bool:
        return any(count.is_simulated for count in self.counts.values())
