"""What comes between a preview and the end of a transfer: each row ends as the rules say (X12)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.tenancy.models import Tenant
from fleetward.transfers.actions import (
    break_transfer,
    cancel_transfer,
    executing,
    match_transfer,
    move_transfer,
    read_transfer,
    start_transfer,
    undo_transfer,
    wake_transfers,
)
from fleetward.transfers.actions.queueing import requester_of
from fleetward.transfers.contracts import RowOutcome, TargetGone, TargetSuspended, TransferState
from fleetward.transfers.models import Transfer
from fleetward.transfers.queries import find_transfer
from tests.db.transfers.desk import Desk
from tests.db.transfers.test_moving import GOOD, NOT_FOUND, news, verbs
from tests.plugins.variables import SetEnv

pytestmark = pytest.mark.django_db


@pytest.fixture
def slices(set_env: SetEnv) -> None:
    set_env(FLEETWARD_TRANSFERS__SLICE_ROWS="1")


class OneSlice(Exception):
    """Ends the work after a slice, as a killed worker would."""


def move_one(desk: Desk, uid: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work off one slice, and no more."""
    stored = desk.stored(uid)
    calls: list[int] = []

    def find(*, tenant: int, transfer: int) -> Transfer | None:
        calls.append(1)
        if len(calls) > 1:
            raise OneSlice
        return find_transfer(tenant=tenant, transfer=transfer)

    with monkeypatch.context() as patch:
        patch.setattr(executing, "find_transfer", find)
        with pytest.raises(OneSlice):
            move_transfer(tenant=desk.source.id, transfer=stored.id, clock=utc_now)


def problem_of(desk: Desk, uid: UUID) -> str:
    problem = desk.stored(uid).problem
    assert problem is not None
    return str(problem["code"])


def started(desk: Desk, count: int = 3) -> Transfer:
    waiting = desk.previewed(desk.rows_to(desk.serials(desk.add(count))))
    start_transfer(actor=desk.actor, tenant=desk.source.id, uid=waiting.row.uid, now=utc_now())
    return desk.stored(waiting.row.uid)


def test_a_target_that_is_gone_cannot_be_started(desk: Desk) -> None:
    waiting = desk.previewed(desk.rows_to(desk.serials(desk.add())))
    desk.end_relation(desk.target)
    with pytest.raises(TargetGone):
        start_transfer(actor=desk.actor, tenant=desk.source.id, uid=waiting.row.uid, now=utc_now())
    assert desk.held_by(desk.source) == 1


@pytest.mark.usefixtures("slices")
def test_a_target_that_goes_meanwhile_gets_no_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = started(desk)
    move_one(desk, found.uid, monkeypatch)
    desk.end_relation(desk.target)
    ended = desk.work(found.uid)
    assert desk.words(found.uid) == [GOOD, "Customer not available", "Customer not available"]
    assert ended.row.state is TransferState.STOPPED
    assert ended.problem is not None
    assert ended.problem.code == "transfer_target_gone"
    assert (desk.held_by(desk.source), desk.held_by(desk.target)) == (2, 1)
    assert "TRANSFER_STOPPED" in news(desk.partner)


def end_keys(desk: Desk, tenant: int, days: int = -1) -> None:
    Tenant.objects.filter(id=tenant).update(licensed_until=utc_now() + timedelta(days=days))


@pytest.mark.usefixtures("slices")
def test_l3_a_target_whose_keys_have_ended_gets_nothing_and_gives_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = started(desk)
    waiting = desk.previewed(desk.rows_to(desk.serials(desk.add())))
    move_one(desk, found.uid, monkeypatch)
    end_keys(desk, desk.target.id)
    ended = desk.work(found.uid)
    assert desk.words(found.uid) == [GOOD, "Customer not available", "Customer not available"]
    assert ended.row.state is TransferState.STOPPED
    assert problem_of(desk, found.uid) == "transfer_target_suspended"
    with pytest.raises(TargetSuspended):
        start_transfer(actor=desk.actor, tenant=desk.source.id, uid=waiting.row.uid, now=utc_now())
    refused = desk.previewed(desk.rows_to(desk.serials(desk.add())))
    assert refused.row.state is TransferState.REFUSED
    assert problem_of(desk, refused.row.uid) == "transfer_target_suspended"
    # Where it came from is suspended as well: what was moved goes back all the same.
    end_keys(desk, desk.source.id)
    back = undo_transfer(actor=desk.actor, tenant=desk.source.id, uid=found.uid, now=utc_now())
    match_transfer(tenant=desk.source.id, transfer=desk.stored(back).id, clock=utc_now)
    start_transfer(actor=desk.actor, tenant=desk.source.id, uid=back, now=utc_now())
    desk.work(back)
    assert desk.held_by(desk.target) == 0


@pytest.mark.usefixtures("slices")
def test_whoever_loses_the_right_moves_no_more(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    found = started(desk)
    move_one(desk, found.uid, monkeypatch)
    desk.lose_right()
    for _ in range(2):
        move_transfer(tenant=desk.source.id, transfer=found.id, clock=utc_now)
    stored = desk.stored(found.uid)
    assert stored.state == TransferState.STOPPED
    assert stored.counts == {RowOutcome.MOVED: 1, RowOutcome.RIGHT_LOST: 2}
    assert (desk.held_by(desk.source), desk.held_by(desk.target)) == (2, 1)
    assert verbs(desk.partner).count("transfer.executed") == 1
    # The control: whoever has no right sees nothing of it either.
    with pytest.raises((Forbidden, NotFound)):
        desk.found(found.uid)


def test_a_source_that_ends_the_relation_keeps_its_devices(desk: Desk) -> None:
    found = started(desk, 2)
    desk.end_relation(desk.source)
    move_transfer(tenant=desk.source.id, transfer=found.id, clock=utc_now)
    stored = desk.stored(found.uid)
    assert stored.counts == {RowOutcome.RIGHT_LOST: 2}
    assert desk.held_by(desk.source) == 2


def test_t3_so_does_one_that_ends_it_just_before_a_slice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever wants the transfer had the right when that was looked at."""
    found = started(desk, 2)
    before = requester_of(desk.stored(found.uid))
    desk.end_relation(desk.source)
    monkeypatch.setattr(executing, "requester_of", lambda found: before)
    move_transfer(tenant=desk.source.id, transfer=found.id, clock=utc_now)
    assert desk.stored(found.uid).counts == {RowOutcome.RIGHT_LOST: 2}
    assert desk.held_by(desk.source) == 2


def test_a_right_that_is_lost_before_the_preview_refuses_the_file(desk: Desk) -> None:
    one = desk.upload(desk.rows_to(desk.serials(desk.add())))
    two = desk.upload(desk.rows_to(desk.serials(desk.add())))
    read_transfer(tenant=desk.source.id, transfer=desk.stored(two).id, clock=utc_now)
    desk.lose_right()
    read_transfer(tenant=desk.source.id, transfer=desk.stored(one).id, clock=utc_now)
    match_transfer(tenant=desk.source.id, transfer=desk.stored(two).id, clock=utc_now)
    for uid in (one, two):
        assert problem_of(desk, uid) == "transfer_right_lost"


def test_a_device_that_changed_since_the_preview_is_not_found(desk: Desk) -> None:
    gone, renamed, kept = devices = desk.add(3)
    waiting = desk.previewed(desk.rows_to(desk.serials(devices)))
    desk.change(gone, is_active=False)
    desk.change(renamed, serial="RENAMED1")
    found = desk.start(waiting.row.uid)
    assert desk.words(found.row.uid) == [NOT_FOUND, NOT_FOUND, GOOD]
    assert desk.get_device(renamed).tenant_id == desk.source.id
    assert desk.get_device(kept).tenant_id == desk.target.id


def test_x12_of_two_transfers_of_a_device_one_wins(desk: Desk) -> None:
    data = desk.rows_to(desk.serials(desk.add(2)))
    waiting = [desk.previewed(data).row.uid for _ in range(2)]
    first, second = (desk.start(uid) for uid in waiting)
    assert desk.words(first.row.uid) == [GOOD, GOOD]
    assert desk.words(second.row.uid) == [NOT_FOUND, NOT_FOUND]
    assert second.row.state is TransferState.DONE


@pytest.mark.usefixtures("slices")
def test_cancelling_stops_after_the_slice(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    found = started(desk)
    move_one(desk, found.uid, monkeypatch)
    for _ in range(2):
        cancel_transfer(actor=desk.actor, tenant=desk.source.id, uid=found.uid, now=utc_now())
    ended = desk.work(found.uid)
    assert desk.words(found.uid) == [GOOD, "Transfer cancelled", "Transfer cancelled"]
    assert ended.row.state is TransferState.CANCELLED
    assert verbs(desk.partner).count("transfer.cancelled") == 1
    assert "TRANSFER_CANCELLED" in news(desk.partner)
    assert ended.undo_until is not None


def test_discarding_before_the_start_moves_nothing(desk: Desk) -> None:
    waiting = desk.previewed(desk.rows_to(desk.serials(desk.add())))
    for _ in range(2):
        cancel_transfer(actor=desk.actor, tenant=desk.source.id, uid=waiting.row.uid, now=utc_now())
    assert desk.found(waiting.row.uid).row.state is TransferState.DISCARDED
    assert desk.held_by(desk.source) == 1


@pytest.mark.usefixtures("slices")
def test_a_broken_transfer_keeps_what_has_moved(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = started(desk)
    move_one(desk, found.uid, monkeypatch)
    for _ in range(2):
        break_transfer(tenant=desk.source.id, transfer=found.id, now=utc_now())
    assert desk.words(found.uid) == [GOOD, "Transfer stopped", "Transfer stopped"]
    assert desk.found(found.uid).row.state is TransferState.STOPPED


def test_one_that_breaks_before_its_preview_is_refused(desk: Desk) -> None:
    uid = desk.upload(desk.rows_to(["A100"]))
    break_transfer(tenant=desk.source.id, transfer=desk.stored(uid).id, now=utc_now())
    break_transfer(tenant=desk.source.id, transfer=0, now=utc_now())
    assert problem_of(desk, uid) == "transfer_broken"


def test_one_whose_worker_is_gone_is_woken(desk: Desk) -> None:
    found = started(desk)
    assert wake_transfers(now=utc_now()) == 0
    with tenant_scope([desk.source.id]):
        Transfer.objects.filter(id=found.id).update(heartbeat_at=found.created_at)
    assert wake_transfers(now=utc_now() + timedelta(seconds=61)) == 1
