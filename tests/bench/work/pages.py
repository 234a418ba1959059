"""Questions behind pages: the grid's rows and the dashboard's numbers."""

from __future__ import annotations

import time
from datetime import date

from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.warranty.contracts import Status
from fleetward.warranty.queries import grid_sql
from fleetward.warranty.queries.dashboard import dashboard
from fleetward.warranty.queries.grid import list_devices
from fleetward.warranty.queries.grid_filter import DeviceFilter
from fleetward.warranty.queries.grid_plan import BY_END
from tests.bench.known import EXPIRING_DAYS
from tests.bench.work.people import actor_in


def list_pages(
    tenant: int, texts: list[str], cursor: str, is_expiring: bool, times: int
) -> dict[str, object]:
    """Ask for a page so many times: text by text, or the same."""
    rows = 0
    for number in range(times):
        only = DeviceFilter(
            statuses=(Status.EXPIRING,) if is_expiring else (),
            text=texts[number % len(texts)] if texts else "",
        )
        page = list_devices(
            actor=actor_in(tenant),
            tenant=tenant,
            only=only,
            today=_today(),
            expiring_days=EXPIRING_DAYS,
            cursor=cursor or None,
        )
        rows += len(page.rows)
    return {"rows": rows / times}


def middle_of_list(tenant: int, devices: int) -> dict[str, object]:
    """The place half-way through the list in its usual order: its cursor, day and device."""
    query = (
        "SELECT ends_on, device_id FROM warranty_coverage WHERE tenant_id = %s"
        " AND ends_on IS NOT NULL ORDER BY ends_on, device_id OFFSET %s LIMIT 1"
    )
    with tenant_scope([tenant]):
        ends_on, device = sql.fetch_text(query, [tenant, devices // 2])[0]
    cursor = grid_sql.write_mark((ends_on, device), BY_END, is_after=True)
    return {"cursor": cursor, "ends_on": ends_on.isoformat(), "device": device}


def dashboard_numbers(tenant: int, times: int) -> dict[str, object]:
    """Milliseconds of each call, the slowest last; the first ones warm up."""
    taken: list[float] = []
    for _ in range(times + 10):
        began = time.perf_counter()
        found = dashboard(
            actor=actor_in(tenant), tenant=tenant, today=_today(), expiring_days=EXPIRING_DAYS
        )
        taken.append((time.perf_counter() - began) * 1000)
    return {"milliseconds": sorted(taken[10:]), "devices": found.devices}


def _today() -> date:
    return utc_now().date()
