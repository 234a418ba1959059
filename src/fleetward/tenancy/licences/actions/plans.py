"""The plans of the installation, which operators edit (T4)."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from datetime import datetime

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.infra.tx import take_turns
from fleetward.kernel.actor import Actor
from fleetward.kernel.rights import Capability, require
from fleetward.kernel.texts import N_
from fleetward.tenancy.licences.contracts import BadPlan, PlanRow
from fleetward.tenancy.licences.queries import list_plans
from fleetward.tenancy.models import Plan

_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,19}")
NAME_CHARACTERS = 60
HIGHEST_RANK = 999


@use_case
def change_plan(*, actor: Actor, vendor: int, plan: PlanRow, now: datetime) -> bool:
    """Save a plan under its code, a new one too; False when all of it was so.

    Raises: NotFound, Forbidden, BadPlan.   Audit: plan.changed, at the operator
    """
    require(actor, Capability.OPERATE, tenant=vendor)
    wanted = replace(plan, name=plan.name.strip(), programmes=tuple(sorted(plan.programmes)))
    _check(wanted)
    take_turns(Plan)
    before = next((one for one in list_plans() if one.code == wanted.code), None)
    if before == wanted:
        return False
    told = asdict(wanted)
    Plan.objects.update_or_create(code=told.pop("code"), defaults=told)
    record(
        actor=actor,
        verb=Verb.PLAN_CHANGED,
        tenant=vendor,
        subject=f"plan:{wanted.code}",
        details={"before": asdict(before) if before else None, "after": asdict(wanted)},
        now=now,
    )
    return True


def _check(plan: PlanRow) -> None:
    if not _CODE.fullmatch(plan.code):
        raise BadPlan(N_("a code has at most 20 capital letters, digits and underscores"))
    if not plan.name or len(plan.name) > NAME_CHARACTERS:
        raise BadPlan(N_("a name has 1 to 60 characters"))
    if not 0 <= plan.rank <= HIGHEST_RANK:
        raise BadPlan(N_("a rank is a number from 0 to 999"))
