"""`kill -9` of the worker amid the undo of an import: nothing is lost, nothing done twice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

import pytest

from fleetward.audit.models import Entry
from fleetward.devices.bulk.actions import undo_import
from fleetward.devices.bulk.contracts import BulkRow, BulkState
from fleetward.devices.bulk.queries import get_bulk
from fleetward.devices.models import BulkItem, Change, Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.notifications.models import Notification
from tests import invariants
from tests.cast import Cast, actor_of, make_cast
from tests.db.imports.lists import csv_of, imported
from tests.plugins.database import FreshDatabase

pytestmark = pytest.mark.chaos
# Of the rows some are of devices that are there already: they get their former names back.
ROWS, KNOWN, SLICE, KILLED_IN_SLICE = 1_000, 300, 100, 4


def rows(name: str, count: int) -> bytes:
    return csv_of([(f"SN{n:05d}", "Lenovo", "", f"{name}-{n}") for n in range(count)])


def begun(cast: Cast) -> BulkRow:
    actor, tenant = actor_of(cast.device_admin), cast.acme.id
    imported(actor, tenant, rows("OLD", KNOWN))
    found = imported(actor, tenant, rows("PC", ROWS))
    return undo_import(actor=actor, tenant=tenant, uid=found.summary.uid, now=utc_now())


def worker(url: str, row: BulkRow, tenant: int, mode: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.chaos.undo_worker", str(tenant), str(row.id), mode],
        env={**os.environ, "DATABASE_URL": url, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def killed_and_resumed(url: str, cast: Cast, mode: str) -> BulkRow:
    """Kill the first worker within a slice; a second one goes on."""
    row, tenant = begun(cast), cast.acme.id
    first = worker(url, row, tenant, mode)
    assert first.stdout
    for _ in range(KILLED_IN_SLICE):
        assert first.stdout.readline() == "taken\n"
    first.kill()
    first.communicate()
    worker(url, row, tenant, mode).communicate()
    return get_bulk(actor=actor_of(cast.device_admin), tenant=tenant, uid=row.uid)


def test_a_killed_worker_loses_and_doubles_nothing(fresh_database: FreshDatabase) -> None:
    cast = make_cast()
    row = killed_and_resumed(fresh_database.url, cast, "kill")
    assert (row.state, row.counts.removed, row.counts.done) == (BulkState.DONE, 700, KNOWN)
    with tenant_scope([cast.acme.id]):
        active = Device.objects.filter(is_active=True)
        assert (active.count(), active.filter(name__startswith="OLD-").count()) == (KNOWN, KNOWN)
        assert BulkItem.objects.filter(run_id=row.id).count() == ROWS
        told = Change.objects.filter(bulk_run_id=row.id).values_list("kind", flat=True)
        assert Counter(told) == {"DELETED": 700, "CHANGED": KNOWN}
        assert Entry.objects.filter(verb="import.undone").count() == 1
        assert Notification.objects.filter(kind="IMPORT_UNDONE").count() == 1
    invariants.everything_holds(cast.acme.id)


def test_control_with_the_mark_committed_on_its_own_a_kill_loses_devices(
    fresh_database: FreshDatabase,
) -> None:
    cast = make_cast()
    row = killed_and_resumed(fresh_database.url, cast, "kill-")
    assert (row.state, row.counts.ended) == (BulkState.DONE, ROWS - SLICE)
