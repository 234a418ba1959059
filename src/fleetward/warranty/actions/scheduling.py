"""Runs that begin by themselves, at night, with the devices that are due (W7)."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import use_case
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.tenancy.queries import get_tenant_by_id, list_settings
from fleetward.warranty.actions.runs import open_run
from fleetward.warranty.contracts import RunRow
from fleetward.warranty.models import Run
from fleetward.warranty.queries.runs import run_row
from fleetward.warranty.queries.schedule import get_schedule
from fleetward.warranty.rules import is_night


def tenants_at_night(*, now: datetime) -> list[int]:
    """Those whose scheduled run may begin now, and has not."""
    days: dict[int, date] = {}
    for tenant, one in list_settings().items():
        local = now.astimezone(ZoneInfo(one.time_zone))
        if one.has_scheduled_runs and is_night(local):
            days[tenant] = local.date()
    with tenant_scope(days):
        runs = Run.objects.filter(scheduled_on__in=set(days.values()))
        begun = set(runs.values_list("tenant_id", "scheduled_on"))
    return [tenant for tenant, day in days.items() if (tenant, day) not in begun]


@use_case
def start_scheduled_run(*, actor: Actor, tenant: int, now: datetime) -> RunRow | None:
    """Open a bulk processing of the devices that are due.

    None by day, where the tenant is suspended or does not want it, nothing is due, and beside
    another run.
    Raises: NotFound, Forbidden.   Audit: run.started
    Repeat: one a night for a tenant, however many clocks strike.
    """
    require(actor, Capability.REFRESH_WARRANTY, tenant=tenant)
    place = get_tenant_by_id(tenant)
    settings = place.settings
    local = now.astimezone(ZoneInfo(settings.time_zone))
    is_wanted = settings.has_scheduled_runs and is_night(local)
    if not is_wanted or place.is_suspended(now.date()):
        return None
    schedule = get_schedule(actor=actor, tenant=tenant, now=now, most=1)
    if schedule.next_on != local.date() or not schedule.due:
        return None
    run = open_run(actor=actor, tenant=tenant, scheduled_on=schedule.next_on, now=now)
    return run_row(run) if run else None
