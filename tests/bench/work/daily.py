"""What an administrator and the clock do every day: bulk edits, dynamic groups, reminders."""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import UUID

from fleetward.devices.bulk.actions import start_bulk, store_selection, work_off
from fleetward.devices.bulk.contracts import BulkKind, Found
from fleetward.devices.models import BulkRun
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions.grouping import make_dynamic_group
from fleetward.warranty.actions.reminding import send_reminders
from fleetward.warranty.queries.grid import list_and_count
from fleetward.warranty.queries.grid_filter import DeviceFilter
from tests.bench.known import EXPIRING_DAYS
from tests.bench.work.people import actor_in, admin_of

SOME = (
    "SELECT * FROM (SELECT id, updated_at FROM devices_device WHERE tenant_id = %(tenant)s"
    " ORDER BY id LIMIT %(devices)s) d"
)


def select(tenant: int, devices: int) -> dict[str, object]:
    """A selection of the administrator's."""
    actor, now = admin_of(tenant), utc_now()
    found = Found(SOME, {"tenant": tenant, "devices": devices})
    with tenant_scope([tenant]):
        chosen = store_selection(
            actor=actor, tenant=tenant, found=found, query="", is_whole=False, now=now
        )
    return {"uid": str(chosen.uid), "devices": chosen.devices}


def edit(tenant: int, selection: str, location: str) -> dict[str, object]:
    """Give all devices of a selection another location; this process is the worker."""
    began = time.perf_counter()
    started = start_bulk(
        actor=admin_of(tenant),
        tenant=tenant,
        kind=BulkKind.EDIT,
        selection=UUID(selection),
        params={"location": location},
        now=utc_now(),
    )
    with tenant_scope([tenant]):
        run = BulkRun.objects.get(uid=started.uid).id
    work_off(tenant=tenant, run=run, clock=utc_now)
    seconds = time.perf_counter() - began
    with tenant_scope([tenant]):
        return {"seconds": seconds, "done": BulkRun.objects.get(id=run).done}


def make_group(tenant: int, query: str) -> dict[str, object]:
    """A dynamic group of whatever a filter leaves."""
    uid = make_dynamic_group(
        actor=actor_in(tenant), tenant=tenant, name="Bench", query=query, now=utc_now()
    )
    return {"uid": str(uid)}


def show_group(tenant: int, group: str, times: int) -> dict[str, object]:
    """The first page of a group and its count, so many times."""
    only, today = DeviceFilter(groups=(UUID(group),)), utc_now().date()
    asked = {"actor": actor_in(tenant), "tenant": tenant, "only": only, "today": today}
    for _ in range(times):
        page, count = list_and_count(**asked, expiring_days=EXPIRING_DAYS)
    return {"rows": len(page.rows), "devices": count.number}


def remind(tenant: int, days: int) -> dict[str, object]:
    """Send the reminders of the day that is so many days ahead."""
    began = time.perf_counter()
    told = send_reminders(
        actor=actor_in(tenant), tenant=tenant, now=utc_now() + timedelta(days=days)
    )
    return {"seconds": time.perf_counter() - began, "devices": told}
