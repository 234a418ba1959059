"""A tenant's scheduled runs as pages and programs see them (W7)."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from fleetward.access.contracts import Capability
from fleetward.access.queries import require, scope
from fleetward.infra import sql
from fleetward.infra.tx import scoped
from fleetward.kernel.actor import Actor
from fleetward.tenancy.queries import get_tenant_by_id
from fleetward.warranty.contracts import Schedule
from fleetward.warranty.models import Run
from fleetward.warranty.queries.eligible import judging
from fleetward.warranty.queries.grid_plan import COUNT_CAP
from fleetward.warranty.rules import next_night


@scoped
def get_schedule(*, actor: Actor, tenant: int, now: datetime, most: int = COUNT_CAP) -> Schedule:
    """Whether and when the next scheduled run begins, and how many devices it visits, which it
    does where they are to be seen by the actor.

    Up to `most` are counted, and none where the tenant wants no such run.
    Raises: NotFound, Forbidden.
    """
    require(actor, Capability.SEE_WARRANTY, tenant=tenant)
    settings = get_tenant_by_id(tenant).settings
    local = now.astimezone(ZoneInfo(settings.time_zone))
    has_run = Run.objects.filter(tenant_id=tenant, scheduled_on=local.date()).exists()
    next_on = next_night(local, has_run=has_run)
    if not settings.has_scheduled_runs:
        return Schedule(False, next_on, 0, False)
    due = _count_due(actor, tenant, next_on, settings.time_zone, most + 1)
    return Schedule(True, next_on, min(due, most), due > most)


def _count_due(actor: Actor, tenant: int, due_on: date, zone: str, most: int) -> int:
    seen = scope(actor, Capability.SEE_WARRANTY).params(tenant)
    asked = {"due_on": due_on, "zone": zone, "most": most}
    params = seen | asked | judging(tenant)
    return int(sql.fetch("warranty", "count_due", params)[0][0])
