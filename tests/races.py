"""Two things at once, in an order that no clock decides. On a committed database."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.db import connection

from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope

LONGEST_WAIT = 30.0
PAUSE = 0.02


def wait_until(
    condition: Callable[[], bool], told: str | Callable[[], str] = "", *, seconds: float = 120
) -> None:
    """Until it holds. Fails after so long, and tells why, or what a log says then."""
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, told if isinstance(told, str) else told()
        time.sleep(PAUSE)


def somebody_waits_for_us() -> bool:
    """Whether another connection waits for a lock of the present transaction."""
    query = "SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))"
    return bool(sql.fetch_text(query, [])[0][0])


def wait_for(other: Future[None]) -> None:
    """Until the other one waits for us, or is done without us."""
    wait_until(lambda: other.done() or somebody_waits_for_us(), seconds=LONGEST_WAIT)


def at_once(
    tenants: Iterable[int], first: Callable[[], object], second: Callable[[], object]
) -> None:
    """Do `first`, and commit it when `second` waits for it or is done."""
    with ThreadPoolExecutor(1) as pool:
        with tenant_scope(tenants):
            first()
            other = pool.submit(in_a_thread, second)
            wait_for(other)
        other.result()


def in_a_thread(work: Callable[[], object]) -> None:
    try:
        work()
    finally:
        connection.close()


def without_guard(
    monkeypatch: pytest.MonkeyPatch, name: str, guard: str = "FOR UPDATE", instead: str = ""
) -> None:
    """Take the guard out of a named statement."""
    whole = sql.statement

    def unguarded(context: str, wanted: str) -> str:
        text = whole(context, wanted)
        if wanted != name:
            return text
        assert guard in text
        return text.replace(guard, instead)

    monkeypatch.setattr(sql, "statement", unguarded)
