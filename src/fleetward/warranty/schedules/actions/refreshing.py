"""Refreshing what a filter leaves at this moment (W7): expired only, a view, a group."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import use_case
from fleetward.devices.bulk.contracts import SelectionRow
from fleetward.kernel.actor import Actor
from fleetward.tenancy.queries import get_tenant_by_id
from fleetward.warranty.actions.runs import refresh_selection
from fleetward.warranty.actions.selecting import select_matching
from fleetward.warranty.contracts import RunRow
from fleetward.warranty.queries.meant import active_filter


@use_case
def select_to_refresh(
    *, actor: Actor, tenant: int, query: str, now: datetime, name: str = ""
) -> SelectionRow:
    """Keep what a filter leaves now, to be refreshed; `query` as the list's address holds it.

    `name`: that of its view or group, by which the run is called.
    Raises: NotFound, Forbidden, UnfitFilter, NothingSelected, TooManyDevices.
    """
    require(actor, Capability.REFRESH_WARRANTY, tenant=tenant)
    settings = get_tenant_by_id(tenant).settings
    today = now.astimezone(ZoneInfo(settings.time_zone)).date()
    return select_matching(
        actor=actor,
        tenant=tenant,
        only=active_filter(query, today=today, zone=settings.time_zone),
        query=query,
        today=today,
        expiring_days=settings.expiring_days,
        now=now,
        name=name,
    )


@use_case
def refresh_matching(
    *, actor: Actor, tenant: int, query: str, now: datetime, name: str = ""
) -> RunRow:
    """Ask about the devices that a filter leaves now, beside any bulk processing.

    Raises: as `select_to_refresh`.   Audit: run.started   Repeat: each call is another run.
    """
    chosen = select_to_refresh(actor=actor, tenant=tenant, query=query, now=now, name=name)
    return refresh_selection(actor=actor, tenant=tenant, selection=chosen.uid, now=now)
