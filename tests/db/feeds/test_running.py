"""A feed from its upload to its end: refused, repeated, interrupted, woken, forgotten."""

from __future__ import annotations

import gzip
import uuid
from datetime import timedelta

import pytest

from fleetward.devices.feeds.actions import (
    break_feed,
    ending,
    housekeeping,
    purge_feeds,
    run_feed,
    slices,
    upload_feed,
    wake_feeds,
    working,
)
from fleetward.devices.feeds.actions.ending import finish
from fleetward.devices.feeds.actions.queueing import requester_of
from fleetward.devices.feeds.contracts import (
    FeedOutcome,
    FeedOvertaken,
    FeedState,
    FeedUpload,
)
from fleetward.devices.feeds.queries import iterate_feed_rows, list_feed_rows, list_feeds
from fleetward.devices.imports.actions import remove_orphans
from fleetward.devices.imports.store import folder_of, folders
from fleetward.devices.models import Device, Feed
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import Forbidden, KeyReused, NotFound
from fleetward.notifications.models import Notification
from fleetward.tenancy.models import Membership
from tests.cast import NOW, actor_of
from tests.db.feeds.world import HEADER, Feeds

pytestmark = pytest.mark.django_db
FILE = HEADER + "".join(f"LEEDS;SERIAL{number};Dell;;;\n" for number in range(5))


@pytest.fixture
def world() -> Feeds:
    return Feeds()


def kinds(world: Feeds) -> list[str]:
    with tenant_scope([world.vendor.id]):
        return list(Notification.objects.order_by("id").values_list("kind", flat=True))


def problem(world: Feeds) -> tuple[FeedState, str]:
    [row] = list_feeds(actor=world.actor, vendor=world.vendor.id).rows
    return row.state, row.problem.code if row.problem else ""


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("Serial Number;Manufacturer\nA;B\n", "feed_columns_missing"),
        (HEADER + '"LEEDS;A;B;;;\n', "file_unclosed_quote"),
        (HEADER, "file_empty"),
        (HEADER + "LEEDS;A\0B;Dell;;;\n", "file_nul_byte"),
        (b"PK\3\4" + b"no workbook", "file_damaged"),
        (b"%PDF-1.7", "file_kind_unknown"),
        (HEADER.encode() + b"LEEDS;A\x81;Dell;;;\n", "file_unknown_encoding"),
        (gzip.compress(HEADER.encode() + b"A" * 3_000_000), "file_unpacks_too_large"),
    ],
    ids=["columns", "quote", "headers", "NUL", "workbook", "program", "encoding", "packed"],
)
def test_a_file_that_cannot_be_read_says_why(world: Feeds, content: str | bytes, code: str) -> None:
    row = world.run(world.upload(content))
    assert (row.state, problem(world)) == (FeedState.REFUSED, (FeedState.REFUSED, code))
    assert row.counts == dict.fromkeys(FeedOutcome, 0)
    assert world.run(row.uid) == row
    assert kinds(world) == ["FEED_REFUSED"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_feed_is_read_in_any_common_encoding(world: Feeds, encoding: str) -> None:
    row = world.run(world.upload((HEADER + "LEEDS;SÉRIE-1;Dell;;;\n").encode(encoding)))
    assert (row.state, row.rows) == (FeedState.DONE, 1)


def test_a_repeated_request_is_one_feed(world: Feeds, monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(folders())
    first = world.upload(FILE, "key-1")
    assert world.upload(FILE, "key-1") == first
    with pytest.raises(KeyReused):
        world.upload(FILE + "\n", "key-1")
    # Somebody was first between the look and the writing.
    looks = iter([None, Feed(uid=first, digest="?")])
    monkeypatch.setattr(
        "fleetward.devices.feeds.actions.uploading._with_key", lambda *_: next(looks)
    )
    with pytest.raises(KeyReused):
        world.upload(FILE, "key-1")
    assert set(folders()) - before == {first}


def test_only_operators_send_and_read_feeds(world: Feeds) -> None:
    uid = world.upload(FILE)
    for user in (world.admin, world.operator):
        actor = actor_of(user)
        tenant = world.first.id
        with pytest.raises((Forbidden, NotFound)):
            upload_feed(
                actor=actor, vendor=tenant, upload=FeedUpload("x.csv"), chunks=[b"x"], now=NOW
            )
        with pytest.raises((Forbidden, NotFound)):
            list_feed_rows(actor=actor, vendor=tenant, uid=uid)
    with pytest.raises(NotFound):
        list_feed_rows(actor=world.actor, vendor=world.vendor.id, uid=uuid.uuid4())


def test_a_feed_goes_on_after_its_latest_slice(
    world: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between slices and within one; several workers; each row has one outcome."""
    monkeypatch.setattr(working, "SLICE_ROWS", 2)
    uid = world.upload(FILE + "LEEDS;SERIAL1;Dell;;;\n")
    done = slices.work_off
    left = iter([True, False])

    def dies(**given: object) -> bool:
        if next(left):
            return done(**given)  # type: ignore[arg-type]
        raise OSError("killed")

    monkeypatch.setattr(working, "work_off", dies)
    with pytest.raises(OSError, match="killed"):
        world.run(uid)
    [row] = list_feeds(actor=world.actor, vendor=world.vendor.id).rows
    assert (row.state, row.done_rows, row.rows) == (FeedState.RUNNING, 2, 6)
    # The file waits for whoever goes on, however long.
    remove_orphans(now=utc_now() + timedelta(days=9))
    later = utc_now() + timedelta(minutes=5)
    assert wake_feeds(vendor=world.vendor.id, now=later) == 1
    monkeypatch.setattr(working, "work_off", done)
    # A second worker that began before the first slice was done gives way.
    with tenant_scope([world.vendor.id]):
        stale = Feed.objects.get(uid=uid)
    stale.done_to = 0
    monkeypatch.setattr(working, "find_feed", lambda **_: stale)
    assert world.run(uid).done_rows == 2
    monkeypatch.undo()
    row = world.run(uid)
    assert (row.state, row.done_rows) == (FeedState.DONE, 6)
    lines = list(iterate_feed_rows(actor=world.actor, vendor=world.vendor.id, uid=uid))
    assert [line.row_no for line in lines] == [2, 3, 4, 5, 6, 7]
    assert [line.outcome for line in lines] == [FeedOutcome.HELD] * 5 + [FeedOutcome.DUPLICATE]
    assert len(world.devices(world.holding)) == 5
    assert kinds(world) == ["FEED_DONE"]
    assert wake_feeds(vendor=world.vendor.id, now=later) == 0


def test_whoever_is_no_operator_any_more_feeds_nobody(
    world: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = world.upload(FILE)
    number = world.number(uid)
    Membership.objects.filter(user=world.operator).update(is_active=False)
    run_feed(vendor=world.vendor.id, feed=number, clock=utc_now)
    with tenant_scope([world.vendor.id]):
        held = Feed.objects.get(id=number)
    assert (held.state, dict(held.problem or {})["code"]) == ("REFUSED", "feed_right_lost")


def test_t9_a_right_that_is_lost_on_the_way_stops_the_feed_and_each_row_says_so(
    world: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (working, ending):
        monkeypatch.setattr(module, "SLICE_ROWS", 2)
    rights = iter([1, 1, None])
    monkeypatch.setattr(working, "requester_of", lambda _: next(rights))
    uid = world.upload(FILE)
    done = world.run(uid)
    assert (done.done_rows, done.counts[FeedOutcome.STOPPED]) == (5, 3)
    assert problem(world) == (FeedState.STOPPED, "feed_right_lost")
    assert kinds(world) == ["FEED_STOPPED"]
    assert len(world.devices(world.holding)) == 2
    lines = list(iterate_feed_rows(actor=world.actor, vendor=world.vendor.id, uid=uid))
    assert [line.row_no for line in lines] == [2, 3, 4, 5, 6]
    assert [line.outcome for line in lines] == [FeedOutcome.HELD] * 2 + [FeedOutcome.STOPPED] * 3


@pytest.mark.parametrize("is_gone", [True, False])
def test_a_feed_ends_without_its_file_and_beside_a_worker_that_is_ahead(
    world: Feeds, monkeypatch: pytest.MonkeyPatch, is_gone: bool
) -> None:
    monkeypatch.setattr(working, "SLICE_ROWS", 2)
    uid, calls = world.upload(FILE), iter(range(9))

    def breaks(found: Feed) -> object:
        if next(calls) == 2:
            if is_gone:
                folder_of(found.uid).discard()
            else:
                found.done_to = 0
                monkeypatch.setattr(ending, "find_feed", lambda **_: found)
            break_feed(vendor=world.vendor.id, feed=found.id, now=NOW)
        return requester_of(found)

    monkeypatch.setattr(working, "requester_of", breaks)
    assert world.run(uid).done_rows == 2
    assert problem(world) == (FeedState.STOPPED, "feed_broken")


def test_a_feed_that_no_worker_could_do_ends(world: Feeds) -> None:
    number = world.number(world.upload(FILE))
    with tenant_scope([world.vendor.id]):
        found = Feed.objects.get(id=number)
    for _ in range(2):
        break_feed(vendor=world.vendor.id, feed=number, now=NOW)
    finish(found=found, now=NOW)
    assert problem(world) == (FeedState.REFUSED, "feed_broken")
    assert kinds(world) == ["FEED_REFUSED"]
    break_feed(vendor=world.vendor.id, feed=0, now=NOW)
    run_feed(vendor=world.vendor.id, feed=0, clock=utc_now)


def test_a_feed_that_ends_under_a_slice_is_left_alone(
    world: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken between two slices by a job that had its last try."""
    monkeypatch.setattr(working, "SLICE_ROWS", 2)
    uid, calls = world.upload(FILE), iter(range(9))

    def breaks(found: Feed) -> object:
        if next(calls) == 2:
            break_feed(vendor=world.vendor.id, feed=found.id, now=NOW)
        return requester_of(found)

    monkeypatch.setattr(working, "requester_of", breaks)
    assert world.run(uid).counts[FeedOutcome.STOPPED] == 3
    assert problem(world) == (FeedState.STOPPED, "feed_broken")


def test_a_race_that_is_lost_each_time_is_tried_again_later(
    world: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = sql.execute
    monkeypatch.setattr(
        sql,
        "execute",
        lambda context, name, params=None: (
            0 if name == "insert_devices" else real(context, name, params)
        ),
    )
    with pytest.raises(FeedOvertaken):
        world.run(world.upload(FILE))
    assert world.devices(world.holding) == []


def test_rows_are_forgotten_in_time(world: Feeds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "PURGE_AT_ONCE", 2)
    uid = world.upload(FILE)
    late = utc_now() + timedelta(days=4_000)
    assert purge_feeds(vendor=world.vendor.id, now=late) == 0
    world.run(uid)
    assert purge_feeds(vendor=world.vendor.id, now=utc_now()) == 0
    assert purge_feeds(vendor=world.vendor.id, now=late) == 1
    [row] = list_feeds(actor=world.actor, vendor=world.vendor.id).rows
    assert (row.has_rows, row.done_rows) == (False, 5)
    assert not list_feed_rows(actor=world.actor, vendor=world.vendor.id, uid=uid).rows
    assert purge_feeds(vendor=world.vendor.id, now=late) == 0
    with tenant_scope([world.holding]):
        assert Device.objects.count() == 5
