"""Measurements under All Customers: a partner's list and dashboard over 500 customers (T5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from fleetward.infra import sql
from fleetward.warranty.queries.grid_span import of_all
from fleetward.warranty.queries.grid_sql import COLUMNS
from tests.bench.bare import counted, milliseconds_inside, start_counting
from tests.bench.fleet import add_devices
from tests.bench.installation import Installation
from tests.bench.known import EXPIRING_DAYS
from tests.bench.processes import work
from tests.bench.report import Figure
from tests.bench.web import milliseconds, percentile, signed_in

CUSTOMERS = 500
TIMES, DASHBOARDS = 50, 10
APP, SUPERUSER = "fleetward_app", "postgres"
PAGE = f"""
    SELECT each.* FROM unnest(%(within)s::bigint[]) AS span (tenant) CROSS JOIN LATERAL (
        SELECT {COLUMNS}, c.ends_on AS key_0, c.device_id AS key_1
        FROM warranty_coverage c JOIN devices_device d ON d.id = c.device_id
        WHERE c.tenant_id = span.tenant AND c.ends_on IS NOT NULL
        ORDER BY c.ends_on, c.device_id LIMIT 51
    ) each ORDER BY key_0, key_1 LIMIT 51
"""
COUNT = """
    SELECT count(*) FROM (
        SELECT FROM warranty_coverage WHERE tenant_id = ANY (%(within)s::bigint[]) LIMIT 10001
    ) found
"""


def customers(where: Installation, devices: int) -> Iterator[Figure]:
    """A page of 50 and the dashboard, beside the same statements without access check."""
    partner, customer_id, within = work(where, "spanning:make_partner", customers=CUSTOMERS).answer[
        "made"
    ]
    add_devices(where.admin, within, devices)
    where.settle()
    known: dict[str, Any] = {"within": within}
    with where.serving("serve"):
        where.wait_for_page()
        with signed_in(where) as client:
            home = f"/t/{customer_id}/"
            pages = milliseconds(client, [f"{home}devices/?view=all"], [home], times=TIMES)
    jobs: list[tuple[str, str, int, list[tuple[str, dict[str, Any]]]]] = [
        ("page of 50", "list_page", TIMES, [(PAGE, known), (COUNT, known)]),
        ("dashboard", "dashboard", DASHBOARDS, [_dashboard(known)]),
    ]
    for (name, target, times, bare), page in zip(jobs, pages, strict=True):
        start_counting(where.admin)
        work(where, f"spanning:{target}", partner=partner, times=times)
        ours = counted(where.admin, APP) / times
        limit = sum(milliseconds_inside(where.admin, SUPERUSER, [one] * times) for one in bare)
        yield Figure(
            f"All Customers, {CUSTOMERS} with {devices:,} devices: {name}",
            f"{ours:.1f} ms",
            f"{limit:.1f} ms",
            ours / limit,
            1.5,
            note=f"the whole page: p50 {percentile(page, 0.5):.0f} ms, "
            f"p95 {percentile(page, 0.95):.0f} ms",
        )


def _dashboard(known: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    text = of_all(sql.statement("warranty", "count_dashboard"))
    more = {"today": datetime.now(UTC).date(), "expiring_days": EXPIRING_DAYS}
    text = text.replace("t.tenant_id = ANY (%(tenants)s::bigint[])", "true")
    return text, {**known, **more, "manufacturers": [], "statuses": []}
