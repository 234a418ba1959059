"""What is done about serial lists by the clock: waking, and forgetting what is old."""

from __future__ import annotations

from datetime import datetime, timedelta

from fleetward.config.env import env
from fleetward.devices.models import SerialList
from fleetward.devices.serial_lists.actions.queueing import queue
from fleetward.devices.serial_lists.contracts import SerialState
from fleetward.devices.serial_lists.queries import CONTEXT
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.tenancy.queries import list_tenant_ids

LOST_AFTER = timedelta(seconds=60)
PURGE_AT_ONCE = 50_000


def wake_serials(*, now: datetime) -> int:
    """Queue the lists whose worker is gone (hardening, 6); returns how many."""
    with tenant_scope(list_tenant_ids()):
        reading = SerialList.objects.filter(state=SerialState.READING)
        for found in (lost := list(reading.filter(heartbeat_at__lt=now - LOST_AFTER))):
            queue(found)
        return len(lost)


def purge_serials(*, tenant: int, now: datetime) -> int:
    """Forget lists for as long as rows of imports are kept, and how their rows ended.

    How each device ended stays with the bulk change. Returns how many. Repeat: does nothing more.
    """
    before = now - timedelta(days=env().imports.keep_days)
    with tenant_scope([tenant]):
        ended = SerialList.objects.exclude(state=SerialState.READING)
        old = list(ended.filter(tenant_id=tenant, created_at__lt=before))
    for found in old:
        _purge(found)
    return len(old)


def _purge(found: SerialList) -> None:
    """The rows first, so that what a killed worker leaves is found again."""
    params = {"list": found.id, "most": PURGE_AT_ONCE}
    is_left = True
    while is_left:
        with tenant_scope([found.tenant_id]):
            is_left = sql.execute(CONTEXT, "purge_rows", params) == PURGE_AT_ONCE
            if not is_left:
                SerialList.objects.filter(id=found.id).delete()
