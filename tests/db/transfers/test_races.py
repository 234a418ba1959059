"""Two at once: workers of one transfer, and transfers of the same devices (X12)."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from fleetward.kernel.clock import utc_now
from fleetward.tenancy.actions import end_partner
from fleetward.transfers.actions import executing, move_transfer, start_transfer, targets
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


def together(desk: Desk, *uids: UUID, ends: Sequence[bool] = (False, False)) -> None:
    """A worker for each, at the same time; `ends`: whether it begins with the last row."""
    ids = [desk.stored(uid).id for uid in uids]

    def work(transfer: int, is_backward: bool) -> None:
        def move() -> None:
            move_transfer(
                tenant=desk.source.id,
                transfer=transfer,
                clock=utc_now,
                is_backward=is_backward,
            )

        in_a_thread(move)

    with ThreadPoolExecutor(len(ids)) as pool:
        list(pool.map(work, ids, ends))


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


@pytest.mark.parametrize("ends", [(False, True), (True,)], ids=["both", "the last"])
def test_x12_workers_that_begin_at_both_ends_move_each_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, ends: tuple[bool, ...]
) -> None:
    monkeypatch.setattr(executing, "SLICES_OF_A_TURN", 9)
    serials = desk.serials(desk.add(DEVICES))
    uid = running(desk, [*serials[:20], "NOT-THERE", *serials[20:]])
    together(desk, *[uid] * len(ends), ends=ends)
    found = desk.found(uid)
    assert (found.row.state, found.row.moved) == (TransferState.DONE, DEVICES)
    assert desk.counted(uid) == {"MOVED": DEVICES, "NOT_FOUND": 1}
    assert found.row.done_rows == DEVICES + 1


def test_the_worker_at_the_far_end_lets_others_have_its_place(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executing, "SLICES_OF_A_TURN", 1)
    queued: list[UUID] = []
    monkeypatch.setattr(executing, "queue", lambda found: queued.append(found.uid))
    uid = running(desk, desk.serials(desk.add(DEVICES)))
    together(desk, uid, ends=(True,))
    assert (queued, desk.counted(uid)) == ([uid], {"MOVED": 10, "FOUND": DEVICES - 10})
    stored = desk.stored(uid)
    assert (stored.done_to, stored.done_from, stored.done_rows) == (0, DEVICES - 10 + 2, 10)


def ends_while_a_slice_moves(desk: Desk, side: str) -> tuple[int, int]:
    """How many devices had moved when a customer's end of the relation was through, and after
    all."""
    uid = running(desk, desk.serials(desk.add(10)))
    stored = desk.stored(uid)
    seen: list[int] = []
    actor = requester_of(stored)
    assert actor is not None
    customer = getattr(desk, side)
    theirs = desk.admin_of(customer)

    def end() -> None:
        end_partner(actor=theirs, tenant=customer.id, now=utc_now())
        seen.append(desk.held_by(desk.target))

    at_once(
        actor.tenants,
        lambda: executing._move_slice(actor=actor, transfer=stored.id, now=utc_now()),
        end,
    )
    return seen[0], desk.held_by(desk.target)


@pytest.mark.parametrize("side", ["source", "target"])
def test_whoever_ends_the_relation_waits_for_the_slice(desk: Desk, side: str) -> None:
    then, after = ends_while_a_slice_moves(desk, side)
    assert (then, after) == (10, 10)


@pytest.mark.parametrize("side", ["source", "target"])
def test_control_without_the_lock_devices_arrive_after_the_end(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, side: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(targets, "hold_destination", lambda *, partner, tenant: True)
        then, after = ends_while_a_slice_moves(desk, side)
    assert (then, after) == (0, 10)
