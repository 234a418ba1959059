"""What replacing a device costs, as a tenant's administrators know it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.infra.tx import take_turns
from fleetward.kernel.actor import Actor
from fleetward.warranty.contracts import MOST_COST, BadCost, ModelCost
from fleetward.warranty.models import ReplacementCost


@use_case
def set_costs(*, actor: Actor, tenant: int, costs: Sequence[ModelCost], now: datetime) -> int:
    """Set or take away the costs of these models; those of others stay. How many have changed.

    Raises: NotFound, Forbidden, BadCost.   Audit: budget.costs_changed, before and after
    Repeat: the same costs change nothing, and are not told of.
    """
    require(actor, Capability.MANAGE_SETTINGS, tenant=tenant)
    if not all(one.cost is None or 0 <= one.cost <= MOST_COST for one in costs):
        raise BadCost
    take_turns(ReplacementCost)
    stored = ReplacementCost.objects.filter(tenant_id=tenant)
    known = {(one.manufacturer, one.model): one for one in stored}
    wanted = {(one.manufacturer, one.model): one for one in costs}
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
    record(
        actor=actor,
        verb=Verb.COSTS_CHANGED,
        tenant=tenant,
        subject="budget",
        details={_name(wanted[model]): change for model, change in changed.items()},
        now=now,
    )
    return len(changed)


def _name(one: ModelCost) -> str:
    return "other_models" if one.is_default else f"{one.manufacturer} {one.model}".strip()
