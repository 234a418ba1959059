"""The replacement budget: which devices are due when, and what that costs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from fleetward.access.contracts import Capability
from fleetward.access.queries import require, scope
from fleetward.infra.tx import scoped
from fleetward.kernel.actor import Actor
from fleetward.warranty.contracts import Budget, BudgetLine, costs_state
from fleetward.warranty.models import ReplacementCost
from fleetward.warranty.queries.grid_members import Among
from fleetward.warranty.rules import budget_periods
from fleetward.warranty.rules.budget import DEFAULT_YEARS, YEARS

__all__ = ["DEFAULT_YEARS", "YEARS", "get_budget"]

Model = tuple[str, str]
# The devices of each period, and whether a simulator has told of some.
Counted = tuple[tuple[int, ...], bool]
DEFAULT: Model = ("", "")


@scoped
def get_budget(
    *,
    actor: Actor,
    tenant: int,
    today: date,
    years: int = DEFAULT_YEARS,
    groups: Sequence[UUID] = (),
) -> Budget:
    """The budget of a tenant, if devices are replaced after so many years.

    Models with a cost of their own are in it also where there are no devices of theirs. `groups`:
    of the devices in any of these alone (E13), and of their models.

    Raises: NotFound, Forbidden.
    """
    require(actor, Capability.SEE_WARRANTY, tenant=tenant)
    periods = budget_periods(today, years)
    costs = {
        (one.manufacturer, one.model): one.cost
        for one in ReplacementCost.objects.filter(tenant_id=tenant)
    }
    default = costs.get(DEFAULT)
    none: Counted = ((0,) * len(periods), False)
    unused = () if groups else costs.keys() - {DEFAULT}
    counted = dict.fromkeys(unused, none)
    params = scope(actor, Capability.SEE_WARRANTY).params(tenant) | {
        "firsts": [one.first for one in periods if one.first]
    }
    rows = Among(actor, tenant, groups, today).fetch("count_budget", params, device="d.id")
    counted |= _counted(rows, len(periods))
    lines = [
        BudgetLine(*model, costs.get(model), costs.get(model, default), devices, is_simulated)
        for model, (devices, is_simulated) in counted.items()
    ]
    lines.sort(key=_rank)
    return Budget(today, years, periods, lines, default, costs_state(costs))


def _counted(rows: Iterable[tuple[Any, ...]], periods: int) -> dict[Model, Counted]:
    """By model, the devices of each period, and whether a simulator has told of some (W20)."""
    found: dict[Model, list[int]] = {}
    simulated: set[Model] = set()
    for maker, model, place, devices, is_simulated in rows:
        row = found.setdefault((maker, model), [0] * periods)
        row[-1 if place is None else place] = devices
        if is_simulated:
            simulated.add((maker, model))
    return {model: (tuple(row), model in simulated) for model, row in found.items()}


def _rank(line: BudgetLine) -> tuple[bool, int, int, str, str]:
    """By what is due within the quarters, in money and then in devices, the most first; at the end
    those without devices.
    """
    amount, due = sum(line.amounts[:-2]), sum(line.devices[:-2])
    return line.is_unused, -amount, -due, line.manufacturer, line.model
