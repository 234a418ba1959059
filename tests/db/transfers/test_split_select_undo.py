"""Mixed files that are split (X4), selections without a file, and undoing for 30 days (X11)."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from fleetward.devices.bulk.actions import select_picked
from fleetward.devices.imports.staging import MOST_VALUES
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.transfers.actions import (
    purge_transfers,
    remove_orphans,
    split_transfer,
    transfer_selected,
    undo_transfer,
)
from fleetward.transfers.contracts import (
    UNDO_LASTS,
    NothingToUndo,
    RowOutcome,
    TargetGone,
    TooManyToSplit,
    TransferKind,
    TransferNotReady,
    TransferState,
    UnknownTarget,
)
from fleetward.transfers.models import Row
from fleetward.transfers.store import folder_of
from tests.db.transfers.desk import Desk, file_of, make_customer
from tests.db.transfers.test_moving import GOOD, NOT_FOUND
from tests.plugins.variables import SetEnv

pytestmark = pytest.mark.django_db


def test_x4_a_mixed_file_is_split_by_customer(desk: Desk) -> None:
    other = make_customer(desk.partner, "Umbrella")
    one, two, three = desk.serials(desk.add(3))
    rows = [
        (one, desk.target.customer_id),
        (two, other.customer_id),
        ("ZZZ9999", other.customer_id.lower()),
        (three, "UNKNOWN"),
        (three, ""),
    ]
    mixed = desk.previewed(file_of(rows))
    assert mixed.row.state is TransferState.REFUSED
    assert [(g.name, g.rows, g.first_row) for g in mixed.groups] == [
        ("Hooli", 1, 2),
        ("Umbrella", 2, 3),
        ("", 1, 5),
        ("", 1, 6),
    ]
    parts = split(desk, mixed.row.uid)
    # What is read of it is each part's own; only the upload, which nobody writes to, is the same.
    assert [folder_of(uid).upload.exists() for uid in parts] == [True, True]
    assert not any(folder_of(uid).frame.exists() for uid in parts)
    assert split(desk, mixed.row.uid) == parts
    assert desk.found(mixed.row.uid).split_into == tuple(parts)
    ended = [desk.start(desk.work(uid).row.uid) for uid in parts]
    assert [desk.words(e.row.uid) for e in ended] == [[GOOD], [GOOD, NOT_FOUND]]
    assert [line.row_no for line in desk.lines(parts[1])] == [3, 4]
    assert (desk.held_by(desk.source), desk.held_by(desk.target), desk.held_by(other)) == (1, 1, 1)


def split(desk: Desk, uid: uuid.UUID) -> list[uuid.UUID]:
    return split_transfer(actor=desk.actor, tenant=desk.source.id, uid=uid, now=utc_now())


def test_a_file_without_a_customer_of_ours_is_not_split(desk: Desk) -> None:
    mixed = desk.previewed(file_of([("A100", "NOBODY"), ("B100", "NOBODY2")]))
    assert not mixed.may_split
    with pytest.raises(TransferNotReady):
        split(desk, mixed.row.uid)


def test_no_customer_of_a_long_file_is_left_out(desk: Desk) -> None:
    other = make_customer(desk.partner, "Umbrella")
    ids = [f"N{number}" for number in range(150)]
    rows = [("A1", one) for one in [*ids, desk.target.customer_id, other.customer_id]]
    mixed = desk.previewed(file_of(rows))
    assert (len(mixed.groups), mixed.more_groups) == (152, 0)
    assert len(split(desk, mixed.row.uid)) == 2


def test_a_file_of_too_many_customers_is_not_split(desk: Desk) -> None:
    rows = [("A1", f"N{number}") for number in range(MOST_VALUES)]
    mixed = desk.previewed(file_of([("A1", desk.target.customer_id), *rows]))
    assert (len(mixed.groups), mixed.more_groups, mixed.may_split) == (MOST_VALUES, 1, True)
    with pytest.raises(TooManyToSplit) as error:
        split(desk, mixed.row.uid)
    assert (error.value.customers, error.value.most) == (MOST_VALUES + 1, MOST_VALUES)


def test_a_mixed_file_is_kept_for_a_day(desk: Desk, set_env: SetEnv, tmp_path: Path) -> None:
    set_env(FLEETWARD_DATA_DIR=str(tmp_path))
    mixed = desk.previewed(
        file_of([("A100", desk.target.customer_id), ("B100", desk.source.customer_id)])
    )
    assert remove_orphans(now=utc_now()) == 0
    assert folder_of(mixed.row.uid).upload.exists()
    assert remove_orphans(now=utc_now() + timedelta(days=2)) == 1
    later = utc_now() + timedelta(days=1, seconds=1)
    with pytest.raises(TransferNotReady):
        split_transfer(actor=desk.actor, tenant=desk.source.id, uid=mixed.row.uid, now=later)


def selected(desk: Desk, devices: list[int], customer_id: str = "") -> uuid.UUID:
    selection = select_picked(
        actor=desk.actor,
        tenant=desk.source.id,
        uids=[desk.get_device(device).uid for device in devices],
        query="",
        now=utc_now(),
    )
    return transfer_selected(
        actor=desk.actor,
        source=desk.source.id,
        selection=selection.uid,
        customer_id=customer_id or desk.target.customer_id,
        now=utc_now(),
    ).uid


def test_a_selection_moves_with_the_same_outcomes(desk: Desk) -> None:
    kept, deleted, changed = devices = desk.add(3)
    uid = selected(desk, devices)
    desk.change(deleted, is_active=False)
    waiting = desk.work(uid)
    assert waiting.row.kind is TransferKind.SELECTION
    assert waiting.row.counts == {RowOutcome.FOUND: 2, RowOutcome.NOT_FOUND: 1}
    desk.change(changed, serial="RENAMED1")
    found = desk.start(uid)
    assert sorted(desk.words(uid)) == [GOOD, NOT_FOUND, NOT_FOUND]
    assert (found.row.rows, found.row.failed) == (3, 2)
    assert desk.get_device(kept).tenant_id == desk.target.id


def test_a_selection_goes_to_no_customer_that_a_file_does_not(desk: Desk) -> None:
    pending = make_customer(desk.partner, "Umbrella", "PENDING")
    for customer_id in (pending.customer_id, desk.source.customer_id, "XXXXXXXXXX"):
        with pytest.raises(UnknownTarget):
            selected(desk, desk.add(), customer_id)


def undo(desk: Desk, uid: uuid.UUID) -> uuid.UUID:
    return undo_transfer(actor=desk.actor, tenant=desk.source.id, uid=uid, now=utc_now())


def test_x11_an_undo_brings_back_what_nobody_has_changed(desk: Desk) -> None:
    one, two, three = devices = desk.add(3, assigned_user="Ada")
    done = desk.moved(desk.rows_to([*desk.serials(devices), "ZZZ9999"]))
    desk.change(two, name="Renamed there")
    waiting = desk.work(undo(desk, done.row.uid))
    assert waiting.row.state is TransferState.READY
    assert waiting.row.counts == {RowOutcome.FOUND: 2, RowOutcome.CHANGED_SINCE: 1}
    # The preview moves nothing.
    assert desk.held_by(desk.target) == 3
    found = desk.start(waiting.row.uid)
    assert desk.words(found.row.uid) == [
        "Asset successfully returned",
        "Device changed since",
        "Asset successfully returned",
    ]
    assert [desk.get_device(d).tenant_id for d in (one, two, three)] == [
        desk.source.id,
        desk.target.id,
        desk.source.id,
    ]
    assert desk.get_device(one).assigned_user == "Ada"
    assert desk.found(done.row.uid).undone_by == found.row.uid


def test_x11_a_transfer_is_undone_once_and_for_30_days(desk: Desk) -> None:
    done = desk.moved(desk.rows_to(desk.serials(desk.add())))
    later = utc_now() + UNDO_LASTS
    with pytest.raises(NothingToUndo):
        undo_transfer(actor=desk.actor, tenant=desk.source.id, uid=done.row.uid, now=later)
    first = undo(desk, done.row.uid)
    with pytest.raises(NothingToUndo):
        undo(desk, done.row.uid)
    desk.start(desk.work(first).row.uid)
    for uid in (done.row.uid, first):
        with pytest.raises(NothingToUndo):
            undo(desk, uid)


def test_what_moved_nothing_is_not_undone(desk: Desk) -> None:
    done = desk.moved(desk.rows_to(["ZZZ9999"]))
    assert done.undo_until is None
    with pytest.raises(NothingToUndo):
        undo(desk, done.row.uid)


def test_a_customer_that_is_gone_gives_nothing_back(desk: Desk) -> None:
    done = desk.moved(desk.rows_to(desk.serials(desk.add())))
    desk.end_relation(desk.target)
    with pytest.raises(TargetGone):
        undo(desk, done.row.uid)


def test_rows_age_out_and_the_transfer_stays(desk: Desk) -> None:
    done = desk.moved(desk.rows_to(desk.serials(desk.add())))
    assert purge_transfers(tenant=desk.source.id, now=utc_now()) == 0
    later = utc_now() + timedelta(days=366)
    assert purge_transfers(tenant=desk.source.id, now=later) == 1
    assert purge_transfers(tenant=desk.source.id, now=later) == 0
    with tenant_scope([desk.source.id]):
        assert not Row.objects.exists()
    assert desk.found(done.row.uid).row.moved == 1
