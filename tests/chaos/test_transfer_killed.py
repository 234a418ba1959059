"""`kill -9` of the worker amid a transfer (X12): no device is lost, doubled or half moved.

The control shows that the harness can tell (hardening 1 to 4 and 8).
"""

from __future__ import annotations

import os
import subprocess
import sys
from uuid import UUID

import pytest

from fleetward.audit.models import Entry
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.notifications.models import Notification
from fleetward.transfers.actions import match_transfer, read_transfer, start_transfer
from fleetward.transfers.contracts import TransferState
from fleetward.transfers.models import Row
from tests.chaos.test_run_killed import kill_at
from tests.db.transfers.desk import Desk
from tests.plugins.database import FreshDatabase

pytestmark = pytest.mark.chaos
DEVICES, UNKNOWN, BATCH, SLICE, KILLED_IN = 250, 50, 100, 100, 2


@pytest.fixture
def desk(fresh_database: FreshDatabase) -> Desk:
    return Desk()


def worker(url: str, desk: Desk, uid: UUID, mode: str) -> subprocess.Popen[str]:
    sizes = {
        "FLEETWARD_IMPORTS__BATCH_ROWS": str(BATCH),
        "FLEETWARD_TRANSFERS__SLICE_ROWS": str(SLICE),
    }
    path = {"DATABASE_URL": url, "PYTHONPATH": os.pathsep.join(sys.path)}
    given = (desk.source.id, desk.stored(uid).id, mode)
    return subprocess.Popen(
        [sys.executable, "-m", "tests.chaos.transfer_worker", *map(str, given)],
        env={**os.environ, **sizes, **path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def brought_to(desk: Desk, mode: str, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """A transfer that is where the worker is to be killed."""
    monkeypatch.setattr("fleetward.devices.imports.actions.naming.batch_rows", lambda: BATCH)
    named = desk.serials(desk.add(DEVICES))
    uid = desk.upload(desk.rows_to([*named, *(f"NOBODY{n:05d}" for n in range(UNKNOWN))]))
    if mode == "read":
        return uid
    tenant, transfer = desk.source.id, desk.stored(uid).id
    read_transfer(tenant=tenant, transfer=transfer, clock=utc_now)
    if mode != "match":
        match_transfer(tenant=tenant, transfer=transfer, clock=utc_now)
        start_transfer(actor=desk.actor, tenant=tenant, uid=uid, now=utc_now())
    return uid


def finished(desk: Desk, uid: UUID) -> None:
    """Another worker goes on, and somebody starts what waits."""
    if desk.work(uid).row.state is TransferState.READY:
        desk.start(uid)


@pytest.mark.parametrize(
    ("mode", "number", "moved"),
    [("read", 1, 0), ("match", KILLED_IN, 0), ("move", KILLED_IN, SLICE), ("tell", 1, DEVICES)],
)
def test_x12_killed_workers_lose_double_and_halve_nothing(
    fresh_database: FreshDatabase,
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    mode: str,
    number: int,
    moved: int,
) -> None:
    uid = brought_to(desk, mode, monkeypatch)
    kill_at(number, worker(fresh_database.url, desk, uid, mode), "there\n")
    assert desk.held_by(desk.target) == moved
    assert arrived(desk, uid) == moved
    finished(desk, uid)
    assert desk.counted(uid) == {"MOVED": DEVICES, "NOT_FOUND": UNKNOWN}
    assert (desk.held_by(desk.source), desk.held_by(desk.target)) == (0, DEVICES)
    assert told(desk) == 1
    for tenant, verb in (
        (desk.partner, "transfer.executed"),
        (desk.source, "transfer.sent"),
        (desk.target, "transfer.received"),
    ):
        with tenant_scope([tenant.id]):
            assert Entry.objects.filter(tenant_id=tenant.id, verb=verb).count() == 1


def arrived(desk: Desk, uid: UUID) -> int:
    """Rows whose devices have moved, as far as is committed."""
    with tenant_scope([desk.source.id]):
        return Row.objects.filter(transfer_id=desk.stored(uid).id, outcome="MOVED").count()


def told(desk: Desk) -> int:
    with tenant_scope([desk.partner.id]):
        return Notification.objects.filter(kind="TRANSFER_DONE").count()


def test_control_with_devices_committed_before_their_outcomes_a_kill_tells_lies(
    fresh_database: FreshDatabase, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The devices of a slice have moved, and their rows say that they were not found."""
    uid = brought_to(desk, "move-", monkeypatch)
    kill_at(1, worker(fresh_database.url, desk, uid, "move-"), "there\n")
    finished(desk, uid)
    assert desk.counted(uid) == {"MOVED": DEVICES - SLICE, "NOT_FOUND": UNKNOWN + SLICE}
