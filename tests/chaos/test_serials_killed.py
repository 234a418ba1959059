"""`kill -9` of the worker amid a deletion by file: its rows are found, selected and told once.

What is deleted in the end are the devices that the file names, each once. The control shows that
the harness can tell (hardening 1 to 4 and 8).
"""

from __future__ import annotations

import os
import subprocess
import sys
import uuid

import pytest

from fleetward.audit.models import Entry
from fleetward.devices.bulk.actions import delete_selected, offer_selected_deletion
from fleetward.devices.bulk.contracts import BulkRow, BulkState
from fleetward.devices.models import Change, Device, Selection, SelectionItem, SerialRow
from fleetward.devices.serial_lists.contracts import SerialListRow, SerialOutcome, SerialState
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.notifications.models import Notification
from tests import invariants
from tests.chaos.test_run_killed import kill_at
from tests.db.bulk.work import every_device_has_its_outcome
from tests.db.serials.files import Desk
from tests.plugins.database import FreshDatabase

pytestmark = pytest.mark.chaos
# Half of the devices are named; the others, and rows of what nobody has, are what must stay as
# they are.
DEVICES, NAMED, UNKNOWN, BATCH, KILLED_IN_BATCH = 600, 300, 200, 100, 3
ROWS = NAMED + UNKNOWN
SLICE, KILLED_IN_SLICE = 100, 2


@pytest.fixture
def desk(fresh_database: FreshDatabase) -> Desk:
    desk = Desk()
    desk.add(DEVICES)
    return desk


def killed(url: str, desk: Desk, mode: str, number: int = 1) -> uuid.UUID:
    """A list whose worker was killed there."""
    named = [(desk.get_serial(device),) for device in desk.devices[:NAMED]]
    uid = desk.upload([*named, *((f"NOBODY{n:05d}",) for n in range(UNKNOWN))])
    kill_at(
        number, worker(url, "serials_worker", desk.tenant, desk.stored(uid).id, mode), "there\n"
    )
    return uid


def worker(url: str, name: str, *arguments: object) -> subprocess.Popen[str]:
    batches = {"FLEETWARD_IMPORTS__BATCH_ROWS": str(BATCH)}
    path = {"DATABASE_URL": url, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        [sys.executable, "-m", f"tests.chaos.{name}", *map(str, arguments)],
        env={**os.environ, **batches, **path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def kept(desk: Desk) -> int:
    """How many rows have an outcome that is committed."""
    with tenant_scope([desk.tenant]):
        return SerialRow.objects.count()


def deleted(url: str, desk: Desk, row: SerialListRow) -> BulkRow:
    """The deletion of what was found, whose first worker is killed as well."""
    assert row.selection is not None
    given = {"actor": desk.actor, "tenant": desk.tenant, "selection": row.selection}
    _, code = offer_selected_deletion(**given, now=utc_now())
    run = delete_selected(**given, token=code.token, typed=code.code, now=utc_now())
    kill_at(KILLED_IN_SLICE, worker(url, "bulk_worker", desk.tenant, run.id, "kill"), "changed\n")
    return desk.finish(run)


@pytest.mark.parametrize(
    ("mode", "number", "left"),
    [("read", 1, 0), ("match", KILLED_IN_BATCH, (KILLED_IN_BATCH - 1) * BATCH), ("tell", 1, ROWS)],
)
def test_killed_workers_lose_and_double_nothing(
    fresh_database: FreshDatabase, desk: Desk, mode: str, number: int, left: int
) -> None:
    uid = killed(fresh_database.url, desk, mode, number)
    assert kept(desk) == left
    assert desk.found(uid).state is SerialState.READING
    row = desk.read(uid)
    assert row.state is SerialState.READY
    assert (row.counts[SerialOutcome.FOUND], row.counts[SerialOutcome.NOT_FOUND]) == (
        NAMED,
        UNKNOWN,
    )
    assert desk.words(row) == ["FOUND"] * NAMED + ["NOT_FOUND"] * UNKNOWN
    with tenant_scope([desk.tenant]):
        assert Selection.objects.count() == 1
        assert SelectionItem.objects.count() == NAMED
        assert Notification.objects.filter(kind="SERIALS_READY").count() == 1
    run = deleted(fresh_database.url, desk, row)
    assert run.state is BulkState.DONE
    every_device_has_its_outcome(desk, run)
    with tenant_scope([desk.tenant]):
        gone = Device.objects.filter(is_active=False).order_by("id")
        assert list(gone.values_list("id", flat=True)) == desk.devices[:NAMED]
        told = Change.objects.filter(bulk_run_id=run.id).values_list("device_id", flat=True)
        assert sorted(told) == desk.devices[:NAMED]
        assert Notification.objects.filter(kind="DEVICES_DELETED").count() == 1
        assert Entry.objects.filter(verb="device.deleted").count() == 1
    invariants.everything_holds(desk.tenant)


def test_control_with_a_batch_counted_before_its_outcomes_a_kill_loses_some(
    fresh_database: FreshDatabase, desk: Desk
) -> None:
    """The list ends, and a hundred rows have no outcome: their devices would not be deleted."""
    uid = killed(fresh_database.url, desk, "match-", KILLED_IN_BATCH)
    row = desk.read(uid)
    assert row.state is SerialState.READY
    assert kept(desk) == ROWS - BATCH
    with tenant_scope([desk.tenant]):
        assert SelectionItem.objects.count() < NAMED
