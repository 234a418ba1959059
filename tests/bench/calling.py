"""Measurements of the REST interface: calls of many connections beside a bare view."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection

from tests.bench.fleet import Tenant
from tests.bench.installation import Installation
from tests.bench.processes import work
from tests.bench.report import Figure

CONNECTIONS = 16
SECONDS = 10.0
WARM_UP = 2.0
# Counted as in production, and never reached.
COUNTED = {"FLEETWARD_API__CALLS_PER_MINUTE": "1000000"}


def api_list(where: Installation, big: Tenant) -> Iterator[Figure]:
    """Pages of 50 devices to 16 connections, by the product's server and by a bare view in one."""
    token = work(where, "people:give_token", tenant=big.id).answer["token"]
    with where.serving("serve", settings=COUNTED):
        where.wait_for_page()
        ours = _calls_a_second(where.port, "/api/v1/devices?limit=50", token)
    bare = {
        "DJANGO_SETTINGS_MODULE": "tests.bench.bare_settings",
        "BENCH_ADMIN_URL": where.admin_url,
        "BENCH_TENANT": str(big.id),
    }
    with where.running("tests.bench.bare_view", settings=bare):
        where.wait_for_page("/devices")
        limit = _calls_a_second(where.port, "/devices", "")
    yield Figure(
        f"API list of 50 devices, {CONNECTIONS} connections",
        f"{ours:,.0f} calls/s",
        f"{limit:,.0f} calls/s",
        ours / limit,
        0.6,
        is_least=True,
        note="token, rights, rate limit and row-level security included; the caller, who is "
        "measured with both, runs on the same machine.",
    )


def _calls_a_second(port: int, path: str, token: str) -> float:
    """Whole answers a second, after some to warm up."""
    counts, begins = [0] * CONNECTIONS, time.perf_counter() + WARM_UP
    callers = [
        threading.Thread(target=_call, args=(port, path, token, counts, number, begins))
        for number in range(CONNECTIONS)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    return sum(counts) / SECONDS


def _call(port: int, path: str, token: str, counts: list[int], number: int, begins: float) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {token}"}
    while (now := time.perf_counter()) < begins + SECONDS:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}")
        counts[number] += now >= begins
    connection.close()
