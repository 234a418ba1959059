"""Runs that begin by themselves, at night, with the devices that are due (W7)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import use_case
from fleetward.kernel.actor import Actor
from fleetward.tenancy.queries import get_tenant_by_id
from fleetward.warranty.actions.runs import open_run
from fleetward.warranty.contracts import RunRow
from fleetward.warranty.queries.runs import run_row
from fleetward.warranty.queries.schedule import get_schedule
from fleetward.warranty.rules import is_night


@use_case
def start_scheduled_run(*, actor: Actor, tenant: int, now: datetime) -> RunRow | None:
    """Open a bulk processing of the devices that are due.

    None by day, where the tenant does not want it or nothing is due, and beside another run.
    Raises: NotFound, Forbidden.   Audit: run.started
    Repeat: one a night for a tenant, however many clocks strike.
    """
    require(actor, Capability.REFRESH_WARRANTY, tenant=tenant)
    settings = get_tenant_by_id(tenant).settings
    local = now.astimezone(ZoneInfo(settings.time_zone))
    if not (settings.has_scheduled_runs and is_night(local)):
        return None
    schedule = get_schedule(actor=actor, tenant=tenant, now=now, most=1)
    if schedule.next_on != local.date() or not schedule.due:
        return None
    run = open_run(actor=actor, tenant=tenant, scheduled_on=schedule.next_on, now=now)
    return run_row(run) if run else None
