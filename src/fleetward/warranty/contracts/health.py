"""How the external services of a tenant do: what they answer, how old that is, what is failing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

from fleetward.connections.contracts import ConnectionRow, Limits
from fleetward.warranty.contracts.coverage import Reason


class Age(StrEnum):
    """How long ago a device's answer was given: under 7, 30 or 90 days, longer, or never."""

    WEEK = "WEEK"
    MONTH = "MONTH"
    QUARTER = "QUARTER"
    OLDER = "OLDER"
    NEVER = "NEVER"


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known of the active devices whose manufacturer a connection answers for.

    `answered`: the vendor has said something of them, be it long ago or that it does not know them.
    `found`: answered, and their latest look-up went well. `by_problem`: how the others failed.
    """

    devices: int = 0
    answered: int = 0
    found: int = 0
    by_problem: Mapping[Reason, int] = field(default_factory=dict)
    by_age: Mapping[Age, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeptFigures:
    """The figures of an earlier day."""

    kept_on: date
    devices: int
    answered: int
    found: int


@dataclass(frozen=True, slots=True)
class ServiceHealth:
    """One connection. `drift`: by how many points the share found has changed since `earlier`.

    `calls_left` of the UTC day and `secret_days_left` are None where nothing limits them.
    """

    connection: ConnectionRow
    label: str
    is_simulated: bool
    manufacturers: tuple[str, ...]
    limits: Limits
    calls_left: int | None
    secret_days_left: int | None
    figures: Figures
    earlier: KeptFigures | None
    drift: float | None


@dataclass(frozen=True, slots=True)
class HealthBoard:
    """Every connection of a tenant. `others` are devices that none of them answers for.

    `groups`: devices in any of these only were counted; without groups all.
    """

    today: date
    services: Sequence[ServiceHealth]
    others: int
    groups: tuple[UUID, ...] = ()

    @property
    def manufacturers(self) -> tuple[str, ...]:
        """All that some connection answers for."""
        return tuple(name for one in self.services for name in one.manufacturers)
