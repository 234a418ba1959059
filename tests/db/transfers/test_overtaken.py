"""What somebody else has done a moment before: the second does nothing, and harms nothing."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import CalledProcessError

import pytest
from django.db import IntegrityError

from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import KeyReused, NotFound
from fleetward.transfers.actions import (
    cancel_transfer,
    discard_stale,
    ending,
    executing,
    housekeeping,
    match_transfer,
    matching,
    purge_transfers,
    read_transfer,
    reading,
    start_transfer,
    upload_transfer,
    uploading,
)
from fleetward.transfers.contracts import (
    Preview,
    TransferNotReady,
    TransferRightLost,
    TransferState,
    Upload,
)
from fleetward.transfers.models import Transfer
from fleetward.transfers.queries import get_arrival
from fleetward.transfers.store import folder_of
from tests.cast import make_tenant
from tests.db.transfers.desk import Desk

pytestmark = pytest.mark.django_db


def read(desk: Desk, found: Transfer) -> None:
    read_transfer(tenant=found.tenant_id, transfer=found.id, clock=utc_now)


def match(desk: Desk, found: Transfer) -> None:
    match_transfer(tenant=found.tenant_id, transfer=found.id, clock=utc_now)


def discard(desk: Desk, uid: uuid.UUID) -> None:
    cancel_transfer(actor=desk.actor, tenant=desk.source.id, uid=uid, now=utc_now())


def test_what_was_discarded_is_not_read_matched_or_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = desk.stored(desk.upload(desk.rows_to(desk.serials(desk.add()))))

    def stage(_found: Transfer) -> None:
        discard(desk, found.uid)
        raise CalledProcessError(1, "reader")

    with monkeypatch.context() as patch:
        patch.setattr(reading, "_stage", stage)
        read(desk, found)
    # As two workers that had looked a moment before.
    reading._go_on(found, utc_now())
    ending.refuse(found=found, error=TransferRightLost(), now=utc_now())
    ending.finish(found=found, now=utc_now())
    ending.get_ready(actor=desk.actor, found=found, preview=Preview(), now=utc_now())
    read(desk, found)
    assert not matching._match_next(desk.actor, found, utc_now())
    assert executing._move_slice(actor=desk.actor, transfer=found.id, now=utc_now())
    stored = desk.stored(found.uid)
    assert (stored.state, stored.problem, stored.rows) == (TransferState.DISCARDED, None, 0)


def test_a_reader_that_dies_is_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    found = desk.stored(desk.upload(desk.rows_to(["A100"])))

    def stage(_found: Transfer) -> None:
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(reading, "_stage", stage)
        with pytest.raises(OSError, match=r"^$"):
            read(desk, found)
    assert desk.work(found.uid).row.state is TransferState.READY


@pytest.mark.parametrize("state", ["READING", "MATCHING"])
def test_whoever_has_lost_the_right_gets_no_preview(desk: Desk, state: str) -> None:
    found = desk.stored(desk.upload(desk.rows_to(["A100"])))
    if state == "MATCHING":
        read(desk, found)
    assert desk.stored(found.uid).state == state
    desk.lose_right()
    for work in (read, match):
        work(desk, found)
    stored = desk.stored(found.uid)
    assert stored.problem is not None
    assert (stored.state, stored.problem["code"]) == ("REFUSED", "transfer_right_lost")


def test_what_is_over_is_neither_cancelled_nor_discarded(desk: Desk) -> None:
    done = desk.moved(desk.rows_to(["ZZZ9999"]))
    with pytest.raises(TransferNotReady):
        discard(desk, done.row.uid)
    discard_stale(tenant=desk.source.id, transfer=desk.stored(done.row.uid).id, now=utc_now())
    discard_stale(tenant=desk.source.id, transfer=0, now=utc_now())
    assert desk.found(done.row.uid).row.state is TransferState.DONE


def test_rows_are_purged_in_parts(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    uid = desk.previewed(desk.rows_to(["A1", "A2", "A3"])).row.uid
    discard(desk, uid)
    monkeypatch.setattr(housekeeping, "PURGE_AT_ONCE", 2)
    assert purge_transfers(tenant=desk.source.id, now=utc_now()) == 1
    assert desk.lines(uid) == []


def test_what_there_is_not_is_not_found(desk: Desk) -> None:
    never = uuid.uuid4()
    for ask in (discard, start):
        with pytest.raises(NotFound):
            ask(desk, never)
    with pytest.raises(NotFound):
        get_arrival(actor=desk.admin_of(desk.target), tenant=desk.target.id, uid=never)
    assert not folder_of(never).is_older_than(utc_now())
    alone = make_tenant("Alone")
    with pytest.raises(NotFound):
        uploading.require_transfer(system_actor("Nobody's", alone.id), alone.id)


def start(desk: Desk, uid: uuid.UUID) -> None:
    start_transfer(actor=desk.actor, tenant=desk.source.id, uid=uid, now=utc_now())


@contextmanager
def blind_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The first look finds no transfer with the key: somebody stores it right after."""
    looks: list[int] = []
    see = uploading._with_key

    def look(*args: object) -> Transfer | None:
        looks.append(1)
        return None if len(looks) == 1 else see(*args)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(uploading, "_with_key", look)
        yield


def test_of_two_uploads_with_one_key_the_first_counts(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = desk.rows_to(["A100"])
    first = desk.upload(data, "key-1")
    with blind_once(monkeypatch):
        assert desk.upload(data, "key-1") == first
    with blind_once(monkeypatch), pytest.raises(KeyReused):
        desk.upload(desk.rows_to(["B100"]), "key-1")

    def submit(**_: object) -> Transfer:
        raise IntegrityError

    monkeypatch.setattr(uploading, "submit", submit)
    with pytest.raises(IntegrityError):
        upload_transfer(
            actor=desk.actor,
            source=desk.source.id,
            upload=Upload("moves.csv", "key-2"),
            chunks=[data],
            now=utc_now(),
        )
