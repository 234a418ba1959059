"""Files of requests: within their limits, never lost, never left behind (L8, X13)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import NotFound
from fleetward.support import jobs, store
from fleetward.support.actions import adding, asking, fetch_attachment, remove_orphans
from fleetward.support.contracts import (
    AttachmentEmpty,
    AttachmentGone,
    AttachmentTooLarge,
    NewFile,
    RequestClosed,
    Side,
    TooManyAttachments,
    TooMuchAttached,
)
from fleetward.support.queries import find_attachment
from fleetward.support.store import place, places
from tests.cast import NOW, actor_of
from tests.db.support.desk import Desk, a_file, a_key, files_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Iterator[Desk]:
    before = set(places())
    yield Desk()
    for uid in set(places()) - before:
        place(uid).discard()


def fetch(desk: Desk, side: Side, uid: UUID, attachment: UUID) -> tuple[Any, Any]:
    at: Any = desk.at(side)
    return fetch_attachment(**at, uid=uid, attachment=attachment, now=NOW)


@pytest.mark.parametrize("side", list(Side))
def test_x13_a_summary_reaches_both_sides_as_it_was(desk: Desk, side: Side) -> None:
    uid = desk.ask(a_file(data=b"Serial;State\n5XK2QL3;Device not found\n")).request
    [row] = files_of(desk.read(side, uid))
    found, path = fetch(desk, side, uid, row.uid)
    assert (found.name, found.size) == ("summary.csv", path.stat().st_size)
    assert path.read_bytes() == b"Serial;State\n5XK2QL3;Device not found\n"
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_the_operator_fetches_is_in_both_trails(desk: Desk) -> None:
    uid = desk.ask(a_file()).request
    [row] = files_of(desk.read(Side.TENANT, uid))
    fetch(desk, Side.TENANT, uid, row.uid)
    assert "support.file_fetched" not in desk.verbs(desk.cast.acme)
    fetch(desk, Side.OPERATOR, uid, row.uid)
    for tenant in (desk.cast.acme, desk.vendor):
        assert desk.verbs(tenant)[-1] == "support.file_fetched"


def test_an_answer_may_be_a_file_alone(desk: Desk) -> None:
    uid = desk.ask().request
    desk.say(Side.OPERATOR, uid, a_file("list.xlsx"))
    assert [file.name for file in files_of(desk.read(Side.TENANT, uid))] == ["list.xlsx"]


def test_a_file_is_found_in_its_request_only(desk: Desk) -> None:
    with_file, other = desk.ask(a_file()).request, desk.ask().request
    [row] = files_of(desk.read(Side.TENANT, with_file))
    for uid, attachment in ((other, row.uid), (with_file, uuid4())):
        with pytest.raises(NotFound):
            fetch(desk, Side.TENANT, uid, attachment)
    outsider: Any = {"actor": actor_of(desk.cast.outsider), "tenant": desk.cast.other.id}
    with pytest.raises(NotFound):
        find_attachment(**outsider, side=Side.TENANT, uid=with_file, attachment=row.uid)


def test_a_file_that_is_gone_says_so(desk: Desk) -> None:
    uid = desk.ask(a_file()).request
    [row] = files_of(desk.read(Side.TENANT, uid))
    place(row.uid).discard()
    with pytest.raises(AttachmentGone):
        fetch(desk, Side.TENANT, uid, row.uid)


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ([a_file()] * 6, TooManyAttachments),
        ([a_file(), a_file("empty.csv", b"")], AttachmentEmpty),
        ([a_file(), NewFile("large.bin", [b"x" * 1024 * 1024] * 11)], AttachmentTooLarge),
    ],
    ids=["six", "empty", "large"],
)
def test_files_beyond_the_limits_are_refused_and_none_stays(
    desk: Desk, files: list[NewFile], error: type[Exception]
) -> None:
    before = set(places())
    with pytest.raises(error):
        desk.ask(*files)
    assert set(places()) == before
    assert desk.verbs(desk.cast.acme) == []


def test_a_tenant_attaches_so_much_at_most_and_the_operator_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adding, "KEPT_MEBIBYTES", 1)
    uid = desk.ask(NewFile("half.bin", [b"x" * 600_000])).request
    before = set(places())
    with pytest.raises(TooMuchAttached):
        desk.say(Side.TENANT, uid, NewFile("half.bin", [b"x" * 600_000]))
    assert set(places()) == before
    desk.say(Side.OPERATOR, uid, NewFile("half.bin", [b"x" * 600_000]))
    desk.say(Side.TENANT, uid, NewFile("small.bin", [b"x" * 100_000]))
    assert len(files_of(desk.read(Side.TENANT, uid))) == 3


def test_what_is_refused_or_repeated_leaves_no_file(desk: Desk) -> None:
    key = a_key()
    uid = desk.ask(a_file(), key=key).request
    kept = set(places())
    assert desk.ask(a_file(), key=key).is_repeated
    desk.close(Side.TENANT, uid)
    with pytest.raises(RequestClosed):
        desk.say(Side.TENANT, uid, a_file())
    assert set(places()) == kept
    assert len(desk.kept()) == 1


def test_an_error_of_ours_leaves_no_file(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("a mistake of ours")

    before = set(places())
    monkeypatch.setattr(asking, "tell_operator", fails)
    with pytest.raises(RuntimeError):
        desk.ask(a_file())
    assert set(places()) == before


def test_orphans_go_after_a_day_and_nothing_else(desk: Desk) -> None:
    """What a killed process has left between the disk and its rows."""
    desk.ask(a_file())
    known = desk.kept()
    with store.received([a_file()]) as bundle:
        bundle.stay = True
    [orphan] = bundle.files
    assert remove_orphans(now=utc_now()) == 0
    old = time.time() - timedelta(days=2).total_seconds()
    for uid in (*known, orphan.uid):
        os.utime(place(uid).folder, (old, old))
    jobs.remove_files()
    assert orphan.uid not in places()
    assert known <= set(places())


def test_a_file_keeps_a_name_that_does_no_harm(desk: Desk) -> None:
    uid = desk.ask(a_file("../../etc/pass\r\nwd\u202e.csv")).request
    assert [file.name for file in files_of(desk.read(Side.OPERATOR, uid))] == ["passwd.csv"]
