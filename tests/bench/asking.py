"""Measurements of bulk processing: without a limit beside a bare loop, and under a quota."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from tests.bench.fleet import Tenant, add_devices, make_tenant
from tests.bench.installation import Installation
from tests.bench.known import BATCH
from tests.bench.processes import processors, watched, work
from tests.bench.report import Figure, memory, ratio
from tests.bench.storing import MOST_RUN_MB

CALLS_PER_MINUTE = 600
POLL_SECONDS = 0.05
# A worker is ready when it listens for jobs and has none.
START_SECONDS = 4.0
# Ten million devices take three quarters of it.
LONGEST_SECONDS = 3_600.0
ENV = "FLEETWARD_PROVIDERS__DELL__CALLS_PER_MINUTE"


def unlimited(where: Installation, devices: int) -> Iterator[Figure]:
    """A run of Dell devices from the press of the tile to its end, with one worker."""
    tenant = _dell_tenant(where, "Bulk", devices)
    bare = _bare_loop(where, tenant)
    with _working(where) as worker, processors(worker) as shares:
        ours = _run_to_end(where, tenant)
    yield ratio(
        f"bulk processing of {devices:,} devices",
        ours,
        bare,
        1.5,
        f"{_answered(where, tenant):,} devices answered; one worker, "
        f"{devices / ours:,.0f} devices/s beside {devices / bare:,.0f}. {shares.told(devices)}.",
    )


def large(where: Installation, devices: int) -> Iterator[Figure]:
    """The memory of the worker of a large run."""
    tenant = _dell_tenant(where, "Large", devices)
    with _working(where) as worker, watched(worker) as peak:
        seconds = _run_to_end(where, tenant)
    assert _answered(where, tenant) == devices
    yield replace(
        memory(f"memory of the worker, {devices:,} devices", peak.peak, MOST_RUN_MB),
        note=f"The run took {seconds:,.0f} s, {devices / seconds:,.0f} devices/s.",
    )


def limited(where: Installation, minutes: int) -> Iterator[Figure]:
    """Calls that left in so many minutes under a quota that the simulator counts strictly."""
    tenant = _dell_tenant(where, "Quota", (minutes + 1) * CALLS_PER_MINUTE * BATCH)
    where.simulators.reset()
    where.simulators.dial("dell", quota_per_minute=CALLS_PER_MINUTE)
    with where.serving("worker", settings={ENV: str(CALLS_PER_MINUTE)}):
        time.sleep(START_SECONDS)
        run = work(where, "runs:start", tenant=tenant.id).answer
        _wait_for_calls(where)
        time.sleep(minutes * 60)
        stats = where.simulators.stats("dell")
        work(where, "runs:cancel", tenant=tenant.id, uid=run["uid"])
    where.simulators.reset()
    possible, exceeded = minutes * CALLS_PER_MINUTE, stats["exceeded"]
    yield Figure(
        f"bulk processing under {CALLS_PER_MINUTE} calls a minute for {minutes} min",
        f"{stats['answered_calls']:,} calls",
        f"{possible:,} calls",
        100 * stats["answered_calls"] / possible,
        98,
        unit="%",
        is_least=True,
    )
    yield Figure(
        "calls beyond the quota", f"{exceeded} calls", "–", float(exceeded), 0, unit="calls"
    )


@contextmanager
def _working(where: Installation) -> Iterator[int]:
    """A worker that is ready, by its process id."""
    with where.serving("worker") as worker:
        time.sleep(START_SECONDS)
        _wait_for_rest(where)
        yield worker.pid


def _wait_for_rest(where: Installation) -> None:
    """A worker that has just been started does the work of the day for all tenants first."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while _count_jobs(where):
        if time.monotonic() > deadline:
            raise TimeoutError("the worker does not come to rest")
        time.sleep(1)


def _count_jobs(where: Installation) -> int:
    row = where.admin.execute(
        "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'"
        " OR status = 'todo' AND coalesce(scheduled_at <= now(), true)"
    ).fetchone()
    return row[0] if row else 0


def _answered(where: Installation, tenant: Tenant) -> int:
    row = where.admin.execute(
        "SELECT count(*) FROM warranty_coverage WHERE tenant_id = %s AND checked_at IS NOT NULL",
        [tenant.id],
    ).fetchone()
    return row[0] if row else 0


def _dell_tenant(where: Installation, name: str, devices: int) -> Tenant:
    tenant = make_tenant(where, name, devices)
    add_devices(where.admin, [tenant.id], devices, only_dell=True)
    work(where, "people:connect_dell", tenant=tenant.id)
    where.settle()
    return tenant


def _bare_loop(where: Installation, tenant: Tenant) -> float:
    file = where.folder / "serials.txt"
    rows = where.admin.execute(
        "SELECT serial FROM devices_device WHERE tenant_id = %s ORDER BY id", [tenant.id]
    )
    file.write_text("\n".join(serial for (serial,) in rows), encoding="ascii")
    base_url = where.simulators.base_url("dell")
    done = work(where, "runs:bare_loop", base_url=base_url, serials=str(file)).answer
    assert done["devices"] == tenant.devices
    return float(done["seconds"])


def _run_to_end(where: Installation, tenant: Tenant) -> float:
    run = work(where, "runs:start", tenant=tenant.id).answer
    give_up = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < give_up:
        state = where.admin.execute("SELECT state FROM warranty_run WHERE id = %s", [run["run"]])
        if (state.fetchone() or [""])[0].startswith("DONE"):
            return time.time() - float(run["at"])
        time.sleep(POLL_SECONDS)
    raise TimeoutError("the run does not end; see the worker's log")


def _wait_for_calls(where: Installation) -> None:
    give_up = time.monotonic() + LONGEST_SECONDS
    while not where.simulators.stats("dell")["data_calls"]:
        if time.monotonic() > give_up:
            raise TimeoutError("no call came; see the worker's log")
        time.sleep(POLL_SECONDS)
