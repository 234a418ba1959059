"""W7: two people press at the same time, and one run is open. On a committed database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest
from django.db import connection

from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions import runs
from fleetward.warranty.models import Run
from tests.cast import make_tenant
from tests.plugins.database import FreshDatabase

PRESSES = 8


def press_at_once(tenant: int) -> set[str]:
    barrier = Barrier(PRESSES)

    def press(_: int) -> str:
        try:
            barrier.wait()
            actor = system_actor("Tests", tenant)
            return runs.start_run(actor=actor, tenant=tenant, now=utc_now()).uid
        finally:
            connection.close()

    with ThreadPoolExecutor(PRESSES) as pool:
        return set(pool.map(press, range(PRESSES)))


def open_runs(tenant: int) -> int:
    with tenant_scope([tenant]):
        return Run.objects.filter(state="PLANNING").count()


def test_w7_presses_at_once_open_one_run(fresh_database: FreshDatabase) -> None:
    tenant = make_tenant().id
    assert len(press_at_once(tenant)) == 1
    assert open_runs(tenant) == 1


def test_control_without_the_constraint_presses_open_several(
    fresh_database: FreshDatabase,
    monkeypatch: pytest.MonkeyPatch,
    owner_connection: psycopg.Connection,
) -> None:
    tenant = make_tenant().id
    owner_connection.execute("DROP INDEX warranty_run_one_open")
    whole = sql.statement

    def without_conflict(context: str, name: str) -> str:
        text = whole(context, name)
        return text.partition("ON CONFLICT")[0] + " RETURNING id" if name == "open_run" else text

    monkeypatch.setattr(sql, "statement", without_conflict)
    press_at_once(tenant)
    assert open_runs(tenant) > 1
