"""Measurements of every day's work: bulk edits, dynamic groups, reminders."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from tests.bench.bare import counted, milliseconds_inside, start_counting
from tests.bench.fleet import Tenant
from tests.bench.installation import Installation
from tests.bench.looking import ALONG_COVERAGE, APP, SUPERUSER
from tests.bench.processes import work
from tests.bench.report import Figure, ratio

TIMES = 100
COUNTED = 10_001
EDITED = 0.1
# As texts are compared everywhere: whatever their case.
ELSEWHERE = "lower(d.location) <> 'boston'"
MEMBERS = f"""
    SELECT count(*) FROM (
        SELECT FROM devices_device d WHERE d.tenant_id = %(tenant)s AND d.is_active
            AND {ELSEWHERE} LIMIT {COUNTED}
    ) members
"""


def edit(where: Installation, big: Tenant) -> Iterator[Figure]:
    """A field of selected devices by one statement that keeps no history, and by the product."""
    where.settle()
    limit = _seconds(
        where,
        "UPDATE devices_device SET location = 'Annecy', updated_at = now() WHERE id IN"
        " (SELECT i.device_id FROM devices_selectionitem i JOIN devices_selection s"
        " ON s.id = i.selection_id WHERE s.uid = %(uid)s)",
        {"uid": _select(where, big)},
    )
    # Selected again: who selected devices before they were changed changes nothing.
    chosen = _select(where, big)
    where.settle()
    done = work(where, "daily:edit", tenant=big.id, selection=chosen, location="Bayonne").answer
    yield ratio(
        f"bulk edit of {done['done']:,} selected devices with history",
        done["seconds"],
        limit,
        3,
        "history before and after, outcome of each device, digest, audit entry and notification.",
    )


def _select(where: Installation, big: Tenant) -> str:
    devices = round(big.devices * EDITED)
    return str(work(where, "daily:select", tenant=big.id, devices=devices).answer["uid"])


def group(where: Installation, largest: Tenant) -> Iterator[Figure]:
    """A page of a dynamic group and its count, beside statements that know its filter."""
    made = work(
        where, "daily:make_group", tenant=largest.id, query="where=location:not:Boston"
    ).answer
    asked = {"tenant": largest.id, "group": made["uid"]}
    work(where, "daily:show_group", **asked, times=10)
    start_counting(where.admin)
    work(where, "daily:show_group", **asked, times=TIMES)
    ours = counted(where.admin, APP) / TIMES
    params = {"tenant": largest.id}
    page = ALONG_COVERAGE.format(ELSEWHERE)
    # As the product does: the planner would sort all members for a page of them, and read devices
    # of other tenants to count some of this one.
    for way in ("enable_sort", "enable_seqscan"):
        where.admin.execute(f"SET {way} = off")  # type: ignore[arg-type]
    limit = sum(
        milliseconds_inside(where.admin, SUPERUSER, [(text, params)] * TIMES)
        for text in (page, MEMBERS)
    )
    where.admin.execute("RESET ALL")
    row = where.admin.execute(
        f"SELECT count(*) FROM devices_device d WHERE d.tenant_id = %(tenant)s AND {ELSEWHERE}",
        params,
    ).fetchone()
    yield Figure(
        f"dynamic group of {row[0] if row else 0:,} members: page and count",
        f"{ours:.2f} ms",
        f"{limit:.2f} ms",
        ours / limit,
        4,
        note="time in PostgreSQL; both count up to 10,000, as lists do.",
    )


def reminders(where: Installation, big: Tenant) -> Iterator[Figure]:
    """The reminders of a day, the day after the first one, beside one pass over all coverage."""
    first = work(where, "daily:remind", tenant=big.id, days=0).answer
    where.settle()
    limit = _seconds(
        where,
        "SELECT count(*) FROM warranty_coverage c WHERE c.tenant_id = %(tenant)s"
        " AND c.ends_on - 7 <= current_date",
        {"tenant": big.id},
    )
    daily = work(where, "daily:remind", tenant=big.id, days=1).answer
    yield ratio(
        f"reminders over {big.devices:,} devices, daily run",
        daily["seconds"],
        limit,
        3,
        f"{daily['devices']:,} devices told of; the very first run told of {first['devices']:,} "
        f"in {first['seconds']:.1f} s.",
    )


def _seconds(where: Installation, statement: str, params: dict[str, Any]) -> float:
    began = time.perf_counter()
    where.admin.execute(statement, params)  # type: ignore[arg-type]
    return time.perf_counter() - began
