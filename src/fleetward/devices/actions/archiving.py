"""Archiving devices that have been inactive for the time that their tenant chose (E10, E11).

They stay findable with all that is known of them, and are restored like other deleted ones.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from fleetward.access.contracts import Capability
from fleetward.access.queries import require, scope
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.devices.actions.selections import digest_of
from fleetward.devices.rules import archive_before
from fleetward.infra import sql
from fleetward.infra.logging import present_request_id
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor, system_actor
from fleetward.kernel.clock import day_in
from fleetward.tenancy.queries import get_tenant_by_id, list_settings

Clock = Callable[[], datetime]

SLICE = 20_000


def tenants_to_archive(*, now: datetime) -> list[int]:
    """Those with devices whose time is over, each by its own day."""
    due = {
        tenant: archive_before(day_in(one.time_zone, now), one.archive_days, one.time_zone)
        for tenant, one in list_settings().items()
        if one.archive_days
    }
    params = {"tenants": list(due), "moments": list(due.values())}
    with tenant_scope(due):
        return [tenant for (tenant,) in sql.fetch("devices", "list_archivable", params)]


def archive_devices(*, tenant: int, clock: Clock) -> int:
    """Archive all that are due, slice after slice; returns how many.

    Repeat: does nothing more; a killed worker's slice is as if it had never begun.
    """
    actor, number = system_actor("Archive of deleted devices", tenant), 0
    while archived := archive_slice(actor=actor, tenant=tenant, now=clock(), most=SLICE):
        number += archived
    return number


@use_case
def archive_slice(*, actor: Actor, tenant: int, now: datetime, most: int) -> int:
    """Archive some of the devices that are due; returns how many, 0 once none is.

    Raises: NotFound, Forbidden.   Audit: device.archived, one entry for all
    """
    require(actor, Capability.DELETE_DEVICES, tenant=tenant)
    settings = get_tenant_by_id(tenant).settings
    if not settings.archive_days:
        return 0
    today = day_in(settings.time_zone, now)
    params = scope(actor, Capability.DELETE_DEVICES).params(tenant) | {
        "before": archive_before(today, settings.archive_days, settings.time_zone),
        "most": most,
        "today": today,
        "actor": actor.name,
        "request_id": actor.request_id or present_request_id(),
        "now": now,
    }
    uids = [uid for (uid,) in sql.fetch("devices", "archive_devices", params)]
    if uids:
        # The rows themselves are the history of each device (hardening 7).
        details = {
            "devices": len(uids),
            "digest": digest_of(uids),
            "archive_days": settings.archive_days,
        }
        record(actor=actor, verb=Verb.DEVICES_ARCHIVED, tenant=tenant, details=details, now=now)
    return len(uids)
