"""Two at once: workers of one transfer, and transfers of the same devices (X12)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from fleetward.kernel.clock import utc_now
from fleetward.tenancy.actions import end_partner
from fleetward.transfers.actions import executing, move_transfer, start_transfer
from fleetward.transfers.actions.queueing import requester_of
from fleetward.transfers.contracts import TransferState
from tests.db.transfers.desk import Desk
from tests.plugins.database import FreshDatabase
from tests.plugins.variables import SetEnv
from tests.races import at_once, in_a_thread

DEVICES = 40


@pytest.fixture
def desk(fresh_database: FreshDatabase, set_env: SetEnv) -> Desk:
    set_env(FLEETWARD_TRANSFERS__SLICE_ROWS="10")
    return Desk()


def running(desk: Desk, serials: list[str]) -> UUID:
    uid = desk.previewed(desk.rows_to(serials)).row.uid
    start_transfer(actor=desk.actor, tenant=desk.source.id, uid=uid, now=utc_now())
    return uid


def together(desk: Desk, *uids: UUID) -> None:
    """A worker for each, at the same time."""
    ids = [desk.stored(uid).id for uid in uids]

    def work(transfer: int) -> None:
        def move() -> None:
            move_transfer(tenant=desk.source.id, transfer=transfer, clock=utc_now)

        in_a_thread(move)

    with ThreadPoolExecutor(len(ids)) as pool:
        list(pool.map(work, ids))


def test_x12_two_transfers_of_the_same_devices_move_each_once(desk: Desk) -> None:
    serials = desk.serials(desk.add(DEVICES))
    uids = [running(desk, serials), running(desk, serials[::-1])]
    together(desk, *uids)
    counts = [desk.counted(uid) for uid in uids]
    assert sum(count.get("MOVED", 0) for count in counts) == DEVICES
    assert sum(count.get("NOT_FOUND", 0) for count in counts) == DEVICES
    assert (desk.held_by(desk.source), desk.held_by(desk.target)) == (0, DEVICES)


def test_two_workers_of_one_transfer_count_each_row_once(desk: Desk) -> None:
    uid = running(desk, desk.serials(desk.add(DEVICES)))
    together(desk, uid, uid)
    found = desk.found(uid)
    assert (found.row.state, found.row.moved) == (TransferState.DONE, DEVICES)
    assert desk.counted(uid) == {"MOVED": DEVICES}


def ends_while_a_slice_moves(desk: Desk) -> tuple[int, int]:
    """How many devices had moved when the customer's end of the relation was through, and after
    all."""
    uid = running(desk, desk.serials(desk.add(10)))
    stored = desk.stored(uid)
    seen: list[int] = []
    actor = requester_of(stored)
    assert actor is not None
    theirs = desk.admin_of(desk.target)

    def end() -> None:
        end_partner(actor=theirs, tenant=desk.target.id, now=utc_now())
        seen.append(desk.held_by(desk.target))

    at_once(
        actor.tenants,
        lambda: executing._move_slice(actor=actor, transfer=stored.id, now=utc_now()),
        end,
    )
    return seen[0], desk.held_by(desk.target)


def test_whoever_ends_the_relation_waits_for_the_slice(desk: Desk) -> None:
    then, after = ends_while_a_slice_moves(desk)
    assert (then, after) == (10, 10)


def test_control_without_the_lock_devices_arrive_after_the_end(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(executing, "hold_destination", lambda *, partner, tenant: True)
        then, after = ends_while_a_slice_moves(desk)
    assert (then, after) == (0, 10)
