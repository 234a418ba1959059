"""What replacing a device costs, as a tenant's administrators know it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.devices.queries.pure import clean_text, normalise_manufacturer
from fleetward.infra.tx import wait_turn
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import ChangedMeanwhile
from fleetward.warranty.contracts import (
    MOST_COST,
    MOST_COSTS,
    BadCost,
    CostTwice,
    ModelCost,
    TooManyCosts,
    costs_state,
)
from fleetward.warranty.models import ReplacementCost
from fleetward.warranty.queries.budget import get_budget

# Who sets costs of a tenant waits for others who do; other tenants wait for nobody.
_TURN_LOCK = 7_303


@use_case
def set_costs(
    *,
    actor: Actor,
    tenant: int,
    costs: Sequence[ModelCost],
    now: datetime,
    state: str | None = None,
) -> int:
    """Set or take away the costs of these models; those of others stay. How many have changed.

    A name that the budget shows is meant as it stands; any other is read as those of devices are,
    so that the cost finds its devices (W16). `state`: that of all costs as the actor saw them; None
    overwrites them anyway.

    Raises: NotFound, Forbidden, BadCost, CostTwice, TooManyCosts, ChangedMeanwhile.
    Audit: budget.costs_changed, before and after
    Repeat: the same costs change nothing, and are not told of.
    """
    require(actor, Capability.MANAGE_SETTINGS, tenant=tenant)
    wait_turn(_TURN_LOCK, tenant)
    wanted = _by_model(_named(actor, tenant, costs, now))
    stored = ReplacementCost.objects.filter(tenant_id=tenant)
    known = {(one.manufacturer, one.model): one for one in stored}
    if state not in (None, costs_state({model: one.cost for model, one in known.items()})):
        raise ChangedMeanwhile
    changed = {
        model: {"before": known[model].cost if model in known else None, "after": one.cost}
        for model, one in wanted.items()
        if one.cost != (known[model].cost if model in known else None)
    }
    if not changed:
        return 0
    ReplacementCost.objects.filter(id__in=[known[m].id for m in changed if m in known]).delete()
    ReplacementCost.objects.bulk_create(
        ReplacementCost(tenant_id=tenant, manufacturer=maker, model=model, cost=change["after"])
        for (maker, model), change in changed.items()
        if change["after"] is not None
    )
    # Taking away is never refused, however many there are.
    is_added = any(change["after"] is not None and m not in known for m, change in changed.items())
    if is_added and ReplacementCost.objects.filter(tenant_id=tenant).count() > MOST_COSTS:
        raise TooManyCosts
    record(
        actor=actor,
        verb=Verb.COSTS_CHANGED,
        tenant=tenant,
        subject="budget",
        details={_name(wanted[model]): change for model, change in changed.items()},
        now=now,
    )
    return len(changed)


def _named(
    actor: Actor, tenant: int, costs: Sequence[ModelCost], now: datetime
) -> Sequence[ModelCost]:
    read = [_canonical(one) for one in costs]
    if read == list(costs):
        return costs
    budget = get_budget(actor=actor, tenant=tenant, today=now.date())
    shown = {(line.manufacturer, line.model) for line in budget.lines}
    return [
        given if (given.manufacturer, given.model) in shown else one
        for given, one in zip(costs, read, strict=True)
    ]


def _canonical(one: ModelCost) -> ModelCost:
    maker, model = clean_text(one.manufacturer), clean_text(one.model)
    return replace(one, manufacturer=normalise_manufacturer(maker, model), model=model)


def _by_model(costs: Sequence[ModelCost]) -> dict[tuple[str, str], ModelCost]:
    wanted: dict[tuple[str, str], ModelCost] = {}
    for one in costs:
        if one.cost is not None and not 0 <= one.cost <= MOST_COST:
            raise BadCost
        if wanted.setdefault((one.manufacturer, one.model), one) is not one:
            raise CostTwice(_name(one))
    return wanted


def _name(one: ModelCost) -> str:
    """With a mark between both: a manufacturer's name may end as a model's begins."""
    return "other_models" if one.is_default else f"{one.manufacturer} / {one.model}".strip()
