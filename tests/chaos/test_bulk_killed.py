"""`kill -9` of the worker in the middle of a bulk change: nothing lost, nothing doubled.

The control shows that the harness can tell (hardening 1 to 4 and 8).
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from fleetward.devices.bulk.contracts import BulkKind, BulkRow, BulkState
from fleetward.devices.models import Change, Device
from fleetward.infra.tx import tenant_scope
from tests.chaos.test_run_killed import kill_at
from tests.db.bulk.work import Place, every_device_has_its_outcome
from tests.plugins.database import FreshDatabase

pytestmark = pytest.mark.chaos
DEVICES, SLICE, KILLED_IN_SLICE = 500, 100, 3
PARAMS = {BulkKind.EDIT: {"location": "Lyon"}, BulkKind.DELETE: {}}
of_each_kind = pytest.mark.parametrize("kind", [BulkKind.EDIT, BulkKind.DELETE])


def killed(url: str, place: Place, kind: BulkKind, mode: str) -> BulkRow:
    """A bulk change whose worker was killed within a slice."""
    place.add(DEVICES)
    run = place.start(kind, PARAMS[kind])
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


def changed(place: Place, kind: BulkKind) -> int:
    """How many devices are as they should be; each has told so once, and of nothing else."""
    wanted = {"location": "Lyon"} if kind is BulkKind.EDIT else {"is_active": False}
    with tenant_scope([place.tenant]):
        count = Device.objects.filter(**wanted).count()
        told = Change.objects.values_list("device_id", flat=True)
        assert len(told) == len(set(told)) == count
    return count


@of_each_kind
def test_a_killed_worker_loses_and_doubles_nothing(
    fresh_database: FreshDatabase, kind: BulkKind
) -> None:
    place = Place()
    run = killed(fresh_database.url, place, kind, "kill")
    assert changed(place, kind) == (KILLED_IN_SLICE - 1) * SLICE
    assert place.finish(run).state is BulkState.DONE
    assert changed(place, kind) == DEVICES
    every_device_has_its_outcome(place, run)


@of_each_kind
def test_control_with_outcomes_committed_before_the_changes_a_kill_loses_some(
    fresh_database: FreshDatabase, kind: BulkKind
) -> None:
    place = Place()
    run = killed(fresh_database.url, place, kind, "kill-")
    assert place.finish(run).state is BulkState.DONE
    assert changed(place, kind) == DEVICES - SLICE
    every_device_has_its_outcome(place, run)
