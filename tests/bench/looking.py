"""Measurements of pages: the grid, the dashboard's numbers and the export."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from fleetward.warranty.queries.grid_sql import COLUMNS, LAST_CODE_POINT
from tests.bench.bare import counted, milliseconds_inside, start_counting
from tests.bench.fleet import Tenant
from tests.bench.installation import Installation
from tests.bench.known import EXPIRING_DAYS
from tests.bench.processes import watched, work
from tests.bench.report import Figure, memory, ratio
from tests.bench.web import milliseconds, percentile, seconds_to_fetch, signed_in

TIMES = 200
TEXTS = 40
APP, SUPERUSER = "fleetward_app", "postgres"
MOST_EXPORT_MB = 400
BY_END = "ORDER BY c.ends_on, c.device_id LIMIT 51"
ALONG_COVERAGE = f"""
    SELECT {COLUMNS} FROM warranty_coverage c JOIN devices_device d ON d.id = c.device_id
    WHERE c.tenant_id = %(tenant)s AND {{}} {BY_END}
"""
ALONG_SERIALS = f"""
    SELECT {COLUMNS} FROM devices_device d JOIN warranty_coverage c ON c.device_id = d.id
    WHERE d.tenant_id = %(tenant)s AND d.serial >= %(text)s AND d.serial < %(end)s
    ORDER BY d.serial, d.manufacturer, d.product_number LIMIT 51
"""
FOUND = f"""
    SELECT {COLUMNS} FROM devices_device d JOIN warranty_coverage c ON c.device_id = d.id
    WHERE d.tenant_id = %(tenant)s
        AND devices_search_text(d.serial, d.name, d.model, d.assigned_user) LIKE %(text)s
    {BY_END}
"""


@dataclass
class Kind:
    """One kind of page in one tenant: how the product is asked, and the bare statement for it."""

    name: str
    tenant: Tenant
    bare: str
    queries: list[str]
    params: list[dict[str, Any]]
    asked: dict[str, object] = field(default_factory=dict)

    @property
    def paths(self) -> list[str]:
        return [f"/t/{self.tenant.customer_id}/devices/?{query}" for query in self.queries]


@dataclass(frozen=True)
class Taken:
    """Milliseconds of one kind of page."""

    inside: float
    rows: float
    pages: list[float]


def grid(where: Installation, big: Tenant, small: Tenant) -> Iterator[Figure]:
    """Each kind of page in the big tenant, in a small one, and as a bare statement."""
    many, few = _kinds(where, big), _kinds(where, small)
    with where.serving("serve"):
        where.wait_for_page()
        with signed_in(where) as client:
            pages = [
                milliseconds(client, kind.paths, little.paths, times=TIMES)
                for kind, little in zip(many, few, strict=True)
            ]
    for kind, (at_big, at_small) in zip(many, pages, strict=True):
        ours = Taken(*_inside(where, kind), at_big)
        bare = _bare(where, kind)
        p50, p95 = percentile(ours.pages, 0.5), percentile(ours.pages, 0.95)
        yield Figure(
            f"grid, {kind.name}: time in PostgreSQL",
            f"{ours.inside:.2f} ms",
            f"{bare:.2f} ms",
            ours.inside / bare,
            4,
            note=f"{ours.rows:.0f} rows a page on average",
        )
        yield Figure(
            f"grid, {kind.name}: whole page p95", f"p50 {p50:.1f} ms", "–", p95, 60, unit="ms"
        )
        yield Figure(
            f"grid, {kind.name}: {small.devices:,} to {big.devices:,} devices",
            f"p50 {p50:.1f} ms",
            f"p50 {percentile(at_small, 0.5):.1f} ms",
            p50 / percentile(at_small, 0.5),
            1.3,
        )


def dashboard(where: Installation, largest: Tenant) -> Iterator[Figure]:
    """The numbers as pages and programs ask for them, and the whole page as a by-product."""
    found = work(where, "pages:dashboard_numbers", tenant=largest.id, times=TIMES).answer
    taken: list[float] = found["milliseconds"]
    with where.serving("serve"):
        where.wait_for_page()
        with signed_in(where) as client:
            (page,) = milliseconds(client, [f"/t/{largest.customer_id}/"], times=TIMES // 4)
    yield Figure(
        f"dashboard numbers of {found['devices']:,} devices, p95",
        f"p50 {percentile(taken, 0.5):.1f} ms",
        "–",
        percentile(taken, 0.95),
        20,
        unit="ms",
        note=f"the whole page: p50 {percentile(page, 0.5):.0f} ms, "
        f"p95 {percentile(page, 0.95):.0f} ms",
    )


def export(where: Installation, big: Tenant) -> Iterator[Figure]:
    """The whole list by HTTP, and COPY TO of the same columns in the same order."""
    with where.serving("serve", "--workers", "1") as server:
        where.wait_for_page()
        with signed_in(where) as client, watched(server.pid) as peak:
            path = f"/t/{big.customer_id}/devices/export.csv"
            ours, size = seconds_to_fetch(client, path)
    limit, bare_size = _copy_out(where, big)
    yield ratio(
        f"CSV export of {big.devices:,} devices",
        ours,
        limit,
        3,
        f"{size / 1e6:.0f} MB by HTTP; COPY writes {bare_size / 1e6:.0f} MB, statuses as codes.",
    )
    yield memory("memory of the web worker during the export", peak.largest, MOST_EXPORT_MB)


def _copy_out(where: Installation, big: Tenant) -> tuple[float, int]:
    query = f"""
        COPY (
            SELECT d.name, c.reason, c.is_simulated, c.ends_on, d.serial, d.manufacturer, d.model,
                d.assigned_user
            FROM devices_device d JOIN warranty_coverage c ON c.device_id = d.id
            WHERE d.tenant_id = {big.id} ORDER BY c.ends_on, c.device_id
        ) TO STDOUT (FORMAT csv)
    """
    size, began = 0, time.perf_counter()
    with where.admin.cursor().copy(query) as copy:
        for piece in copy:
            size += len(piece)
    return time.perf_counter() - began, size


def _kinds(where: Installation, tenant: Tenant) -> list[Kind]:
    today = datetime.now(UTC).date()
    middle = work(
        where, "pages:middle_of_list", tenant=tenant.id, devices=round(tenant.devices * 0.8)
    ).answer
    known = {"tenant": tenant.id}
    serials = _serials(where, tenant)
    # Two symbols begin a serial; from three on they are looked for anywhere.
    prefixes, middles = [s[:2] for s in serials], [s[1:4] for s in serials]
    days = {"first": today, "latest": today + timedelta(days=EXPIRING_DAYS)}
    place = {"day": date.fromisoformat(middle["ends_on"]), "device": middle["device"]}
    return [
        Kind(
            "tenant and status",
            tenant,
            ALONG_COVERAGE.format("c.ends_on BETWEEN %(first)s AND %(latest)s"),
            ["status=EXPIRING"],
            [known | days],
            {"is_expiring": True},
        ),
        Kind(
            "deep page",
            tenant,
            ALONG_COVERAGE.format("(c.ends_on, c.device_id) > (%(day)s, %(device)s)"),
            [f"cursor={middle['cursor']}"],
            [known | place],
            {"cursor": middle["cursor"]},
        ),
        Kind(
            "serial prefix",
            tenant,
            ALONG_SERIALS,
            [f"q={text}" for text in prefixes],
            [known | {"text": text, "end": text + LAST_CODE_POINT} for text in prefixes],
            {"texts": prefixes},
        ),
        Kind(
            "serial middle",
            tenant,
            FOUND,
            [f"q={text}" for text in middles],
            [known | {"text": f"%{text.lower()}%"} for text in middles],
            {"texts": middles},
        ),
    ]


def _serials(where: Installation, tenant: Tenant) -> list[str]:
    """Serials from everywhere in the tenant, which are there to be found."""
    found = where.admin.execute(
        "SELECT serial FROM devices_device WHERE tenant_id = %s ORDER BY md5(serial) LIMIT %s",
        [tenant.id, TEXTS],
    )
    return [serial for (serial,) in found]


def _inside(where: Installation, kind: Kind) -> tuple[float, float]:
    """Milliseconds in PostgreSQL of the statements behind one page, and its rows."""
    asked = {"texts": [], "cursor": "", "is_expiring": False} | kind.asked
    arguments = {"tenant": kind.tenant.id, **asked}
    work(where, "pages:list_pages", times=10, **arguments)
    start_counting(where.admin)
    done = work(where, "pages:list_pages", times=TIMES, **arguments)
    return counted(where.admin, APP) / TIMES, done.answer["rows"]


def _bare(where: Installation, kind: Kind) -> float:
    statements = [(kind.bare, kind.params[n % len(kind.params)]) for n in range(TIMES)]
    milliseconds_inside(where.admin, SUPERUSER, statements[:TEXTS])
    return milliseconds_inside(where.admin, SUPERUSER, statements)
