"""When devices reach the age at which they are replaced, and what that costs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from fleetward.kernel.errors import Conflict, Invalid

MOST_COST = 10_000_000
# As many costs are kept for a tenant: far more than the models that anybody gives one.
MOST_COSTS = 5_000


class PeriodKind(StrEnum):
    """PAST: due already. QUARTER: due in it. LATER: after all quarters. UNKNOWN: nobody knows."""

    PAST = "PAST"
    QUARTER = "QUARTER"
    LATER = "LATER"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class BudgetPeriod:
    """Devices that are due in one period: in use since one of the days from `first` to `latest`.

    `begins_on` is the first day of a quarter. None is without limit.
    """

    kind: PeriodKind
    begins_on: date | None = None
    first: date | None = None
    latest: date | None = None


@dataclass(frozen=True, slots=True)
class ModelCost:
    """What replacing a device of a model costs, in whole units of the tenant's own currency.

    Without manufacturer and model it is that of every model that has none of its own. None takes
    a cost away.
    """

    manufacturer: str
    model: str
    cost: int | None

    @property
    def is_default(self) -> bool:
        return not (self.manufacturer or self.model)


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One model: devices by period, and what one costs; `own_cost` is None where the tenant has
    given none for it. `is_simulated`: a simulator told since when some are in use (W20).
    """

    manufacturer: str
    model: str
    own_cost: int | None
    cost: int | None
    devices: tuple[int, ...]
    is_simulated: bool = False

    @property
    def is_unused(self) -> bool:
        """Whether a cost is kept for a model of which there are no devices."""
        return not any(self.devices)

    @property
    def amounts(self) -> tuple[int, ...]:
        """What the devices of each period cost; nothing where no cost is known."""
        return tuple(devices * (self.cost or 0) for devices in self.devices)


@dataclass(frozen=True, slots=True)
class BudgetTotal:
    """Devices of some periods and what they cost: without those `left_out`, whose cost nobody
    knows, and None where they are all of that kind.
    """

    devices: int
    amount: int | None
    left_out: int


def costs_state(costs: Mapping[tuple[str, str], int | None]) -> str:
    """Of costs by manufacturer and model; None is none."""
    entered = sorted(one for one in costs.items() if one[1] is not None)
    return hashlib.sha256(repr(entered).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Budget:
    """All models of a tenant, those that cost most first. A device is due after `years` years.

    `costs_state`: of all costs that somebody has entered, also for models that no line is of.
    """

    today: date
    years: int
    periods: tuple[BudgetPeriod, ...]
    lines: Sequence[BudgetLine]
    default_cost: int | None
    costs_state: str

    @property
    def devices(self) -> tuple[int, ...]:
        """All devices by period."""
        return self._sums([line.devices for line in self.lines])

    @property
    def amounts(self) -> tuple[int, ...]:
        return self._sums([line.amounts for line in self.lines])

    @property
    def is_simulated(self) -> bool:
        return any(line.is_simulated for line in self.lines)

    @property
    def has_costs(self) -> bool:
        """Whether anybody has entered a cost."""
        return self.default_cost is not None or any(line.cost is not None for line in self.lines)

    @property
    def uncosted(self) -> tuple[int, ...]:
        """By period, the devices of which no cost is known."""
        return self._sums([line.devices for line in self.lines if line.cost is None])

    @property
    def without_cost(self) -> int:
        """Devices that are due in some period and of which no cost is known."""
        return sum(self.uncosted)

    def total(self, places: slice) -> BudgetTotal:
        """The sum of some periods."""
        devices, left_out = sum(self.devices[places]), sum(self.uncosted[places])
        is_known = self.has_costs and (not devices or left_out < devices)
        return BudgetTotal(devices, sum(self.amounts[places]) if is_known else None, left_out)

    def _sums(self, rows: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        return tuple(sum(row[place] for row in rows) for place in range(len(self.periods)))


@dataclass(eq=False)
class BadCost(Invalid):
    """A cost that nobody pays."""

    code: ClassVar[str] = "budget_bad_cost"
    text: ClassVar[str] = "A cost is a whole number from 0 to 10,000,000."
    fix: ClassVar[str] = "Correct the number; leave it empty where you know none."


@dataclass(eq=False)
class CostTwice(Invalid):
    """Two costs for one model: nobody can tell which of them holds."""

    model: str

    code: ClassVar[str] = "budget_cost_twice"
    text: ClassVar[str] = "There are two costs for one model: {model}."
    fix: ClassVar[str] = "Send one cost for each model."


@dataclass(eq=False)
class TooManyCosts(Conflict):
    most: int = MOST_COSTS

    code: ClassVar[str] = "too_many_costs"
    text: ClassVar[str] = "A tenant has at most {most} costs of models."
    fix: ClassVar[str] = "Take away costs of models that you no longer use."
