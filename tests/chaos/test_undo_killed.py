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
from fleetward.devices.models import Change, Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.notifications.models import Notification
from tests import invariants
from tests.chaos.test_run_killed import kill_at
from tests.db.bulk.work import Place, every_device_has_its_outcome
from tests.db.imports.lists import csv_of, imported
from tests.plugins.database import FreshDatabase

pytestmark = pytest.mark.chaos
# Of the rows some are of devices that are there already: they get their former names back. The
# worker is killed in a slice of the others.
ROWS, KNOWN, SLICE, KILLED_IN_SLICE = 1_000, 300, 100, 5


def rows(name: str, count: int) -> bytes:
    return csv_of([(f"SN{n:05d}", "Lenovo", "", f"{name}-{n}") for n in range(count)])


def killed(url: str, place: Place, mode: str) -> BulkRow:
    """An undo whose worker was killed within a slice."""
    imported(place.actor, place.tenant, rows("OLD", KNOWN))
    found = imported(place.actor, place.tenant, rows("PC", ROWS))
    run = undo_import(actor=place.actor, tenant=place.tenant, uid=found.summary.uid, now=utc_now())
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.chaos.bulk_worker", str(place.tenant), str(run.id), mode],
        env={**os.environ, "DATABASE_URL": url, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    kill_at(KILLED_IN_SLICE, worker, "changed\n")
    return run


def undone(place: Place, run: BulkRow) -> Counter[str]:
    """What the undo did, as the history of each device tells; the devices are so."""
    with tenant_scope([place.tenant]):
        told = Counter(Change.objects.filter(bulk_run_id=run.id).values_list("kind", flat=True))
        active = Device.objects.filter(is_active=True)
        assert active.count() == ROWS - told["DELETED"]
        assert active.filter(name__startswith="OLD-").count() == told["CHANGED"]
    return told


def test_a_killed_worker_loses_and_doubles_nothing(fresh_database: FreshDatabase) -> None:
    place = Place()
    run = killed(fresh_database.url, place, "kill")
    assert undone(place, run) == {"CHANGED": KNOWN, "DELETED": SLICE}
    row = place.finish(run)
    assert (row.state, row.counts.removed, row.counts.done) == (BulkState.DONE, 700, KNOWN)
    assert undone(place, run) == {"CHANGED": KNOWN, "DELETED": 700}
    every_device_has_its_outcome(place, run)
    with tenant_scope([place.tenant]):
        assert Entry.objects.filter(verb="import.undone").count() == 1
        assert Notification.objects.filter(kind="IMPORT_UNDONE").count() == 1
    invariants.everything_holds(place.tenant)


def test_control_with_outcomes_committed_before_the_changes_a_kill_loses_some(
    fresh_database: FreshDatabase,
) -> None:
    """Outcomes are noted, devices not changed."""
    place = Place()
    run = killed(fresh_database.url, place, "kill-")
    assert place.finish(run).state is BulkState.DONE
    assert undone(place, run) == {"CHANGED": KNOWN, "DELETED": 700 - SLICE}
    every_device_has_its_outcome(place, run)
