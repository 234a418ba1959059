"""The replacement budget as data, and the costs that it counts with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema
from pydantic import ConfigDict, StrictInt

from fleetward.access.contracts import Capability
from fleetward.api.auth import Caller, caller_of
from fleetward.api.calls import HAS_ETAG, call
from fleetward.api.schemas import IfMatch, In, Out, sample
from fleetward.api.states import in_state, wanted_word
from fleetward.warranty.actions.budgeting import set_costs
from fleetward.warranty.contracts import MOST_COST, Budget, ModelCost, PeriodKind
from fleetward.warranty.queries.budget import DEFAULT_YEARS, YEARS, get_budget

router = Router(tags=["replacement budget"])
MOST_AT_ONCE = 1_000
SOME_COST: dict[str, object] = {"manufacturer": "Dell", "model": "Latitude 5450", "cost": 950}


class BudgetQuery(Schema):
    years: int = Field(
        DEFAULT_YEARS, ge=min(YEARS), le=max(YEARS), description="The age of replacement"
    )
    group: list[UUID] = Field([], description="Of devices in any of these groups; all without")


class PeriodOut(Out):
    kind: PeriodKind = Field(description="PAST: due already; LATER: after all quarters")
    begins_on: date | None = Field(description="The first day of a quarter")
    in_use_from: date | None = Field(description="Its devices are in use since this day or later")
    in_use_to: date | None = Field(description="And since this day or earlier")
    devices: int
    amount: int = Field(description="Of the devices whose cost is known")


class BudgetLineOut(Out):
    manufacturer: str
    model: str
    cost: int | None = Field(description="Of one device: its own, or that of all other models")
    has_own_cost: bool
    devices: list[int] = Field(description="In the order of the periods")
    is_simulated: bool = Field(description="A simulator told since when some are in use (W20)")


class BudgetOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            today="2026-11-22",
            years=5,
            default_cost=800,
            without_cost=0,
            periods=[
                {
                    "kind": "PAST",
                    "begins_on": None,
                    "in_use_from": None,
                    "in_use_to": "2021-11-22",
                    "devices": 40,
                    "amount": 38000,
                }
            ],
            models=[
                {
                    "manufacturer": "Dell",
                    "model": "Latitude 5450",
                    "cost": 950,
                    "has_own_cost": True,
                    "devices": [40],
                    "is_simulated": False,
                }
            ],
        )
    )
    today: date
    years: int
    default_cost: int | None = Field(description="Of a device of any model without its own")
    without_cost: int = Field(description="Devices of which no cost is known")
    periods: list[PeriodOut]
    models: list[BudgetLineOut] = Field(
        description="Those that cost most first; at the end those with a cost and without devices"
    )


class CostIn(In):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_COST))
    manufacturer: str = Field(
        "", max_length=80, description="As lists write it (W16). Empty, with `model`: all others"
    )
    model: str = Field("", max_length=160)
    cost: StrictInt | None = Field(ge=0, le=MOST_COST, description="null takes it away")


class CostsIn(In):
    model_config = ConfigDict(json_schema_extra=sample(costs=[SOME_COST]))
    costs: list[CostIn] = Field(max_length=MOST_AT_ONCE)


@call(router, "GET /budget", needs=Capability.SEE_WARRANTY, answers=BudgetOut, extra=HAS_ETAG)
def get_replacement_budget(request: HttpRequest, only: Query[BudgetQuery]) -> HttpResponse:
    """Show which devices are due to be replaced in which quarter, and what that costs."""
    return _shown(caller_of(request), only.years, only.group)


@call(
    router,
    "PUT /budget/costs",
    needs=Capability.MANAGE_SETTINGS,
    answers=BudgetOut,
    problems=[412],
    extra=HAS_ETAG,
)
def put_replacement_costs(
    request: HttpRequest, body: CostsIn, state: IfMatch = None
) -> HttpResponse:
    """Set what replacing devices of these models costs; the costs of others stay.

    With `If-Match`, only while nobody else has changed any cost.
    """
    caller = caller_of(request)
    set_costs(
        actor=caller.actor,
        tenant=caller.tenant.id,
        costs=[ModelCost(one.manufacturer, one.model, one.cost) for one in body.costs],
        now=caller.now,
        state=wanted_word(state),
    )
    return _shown(caller, DEFAULT_YEARS)


def _shown(caller: Caller, years: int, groups: Sequence[UUID] = ()) -> HttpResponse:
    budget = get_budget(
        actor=caller.actor,
        tenant=caller.tenant.id,
        today=caller.today,
        years=years,
        groups=groups,
    )
    shown = BudgetOut(
        today=budget.today,
        years=budget.years,
        default_cost=budget.default_cost,
        without_cost=budget.without_cost,
        periods=_periods(budget),
        models=[
            BudgetLineOut(
                manufacturer=line.manufacturer,
                model=line.model,
                cost=line.cost,
                has_own_cost=line.own_cost is not None,
                devices=list(line.devices),
                is_simulated=line.is_simulated,
            )
            for line in budget.lines
        ],
    )
    return in_state(shown, f'"{budget.costs_state}"')


def _periods(budget: Budget) -> list[PeriodOut]:
    numbers = zip(budget.periods, budget.devices, budget.amounts, strict=True)
    return [
        PeriodOut(
            kind=period.kind,
            begins_on=period.begins_on,
            in_use_from=period.first,
            in_use_to=period.latest,
            devices=devices,
            amount=amount,
        )
        for period, devices, amount in numbers
    ]
