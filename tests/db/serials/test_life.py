"""The life of a file of serials: refused, killed, woken, deleted by, forgotten; one's own only."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from fleetward.devices.bulk.actions import delete_selected, offer_selected_deletion
from fleetward.devices.bulk.contracts import BulkRow
from fleetward.devices.bulk.queries import get_selection
from fleetward.devices.imports.store import folder_of
from fleetward.devices.models import SerialList, SerialRow
from fleetward.devices.serial_lists.actions import (
    break_serials,
    housekeeping,
    match_serials,
    purge_serials,
    read_serials,
    upload_serials,
    wake_serials,
    working,
)
from fleetward.devices.serial_lists.contracts import SerialListRow, SerialState
from fleetward.devices.serial_lists.queries import (
    find_list_of,
    get_serial_list,
    iterate_serial_rows,
    list_serial_rows,
)
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.notifications.models import Notification
from fleetward.tenancy.models import Membership
from tests.cast import actor_of, make_user
from tests.db.serials.files import Desk

pytestmark = pytest.mark.django_db


def told(desk: Desk) -> list[tuple[str, int]]:
    with tenant_scope([desk.tenant]):
        return list(Notification.objects.order_by("id").values_list("kind", "user_id"))


def deleted(desk: Desk, row: SerialListRow) -> BulkRow:
    """After the code was typed for what was found."""
    assert row.selection is not None
    given = {"actor": desk.actor, "tenant": desk.tenant, "selection": row.selection}
    _, code = offer_selected_deletion(**given, now=utc_now())
    run = delete_selected(**given, token=code.token, typed=code.code, now=utc_now())
    return desk.finish(run)


def ends(desk: Desk, row: SerialListRow) -> list[tuple[str, str]]:
    rows = list_serial_rows(actor=desk.actor, tenant=desk.tenant, uid=row.uid)
    return [(str(one.outcome), one.deletion) for one in rows]


def test_e10_every_row_tells_what_became_of_its_device(desk: Desk) -> None:
    one, two, three = desk.add(3)
    serials = [desk.get_serial(device) for device in (one, two, three)]
    row = desk.given([*((serial,) for serial in serials), ("ZZZ9999",), (serials[0], "Dell")])
    assert {deletion for _, deletion in ends(desk, row)} == {""}
    desk.change(two, location="Lyon")
    desk.change(three, is_active=False)
    run = deleted(desk, row)
    assert ends(desk, row) == [
        ("FOUND", "DONE"),
        ("FOUND", "CHANGED_SINCE"),
        ("FOUND", "GONE"),
        ("NOT_FOUND", ""),
        ("DUPLICATE", ""),
    ]
    assert desk.found(row.uid).deletion == run.uid
    asked = {"actor": desk.actor, "tenant": desk.tenant}
    assert find_list_of(**asked, bulk=run.uid) == row.uid
    again = deleted(desk, row)
    assert ends(desk, row)[0] == ("FOUND", "DONE")
    assert desk.found(row.uid).deletion == again.uid
    undone = desk.undo(run)
    assert desk.get_device(one).is_active
    assert find_list_of(**asked, bulk=undone.uid) is None


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"Name,Model\nPC-1,Latitude\n", "serials_missing"),
        (b"5CG1234XYZ\n5CG1234XYA\n", "serials_missing"),
        (b"Serial,Serial\nA,B\n", "file_duplicate_header"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(desk: Desk, data: bytes, code: str) -> None:
    row = desk.given(data)
    assert row.state is SerialState.REFUSED
    assert row.problem is not None
    assert row.problem.code == code
    assert told(desk) == [("SERIALS_REFUSED", desk.actor.user_id)]


def test_reading_again_changes_and_tells_nothing(desk: Desk) -> None:
    (device,) = desk.add(1)
    row = desk.given([(desk.get_serial(device),)])
    assert desk.read(row.uid) == row
    assert told(desk) == [("SERIALS_READY", desk.actor.user_id)]


class Killed(Exception):
    """In place of a signal."""


@pytest.mark.parametrize("looks", range(1, 8))
def test_a_killed_worker_is_followed_by_one_that_goes_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, looks: int
) -> None:
    """Each look at the clock is between two transactions."""
    monkeypatch.setattr("fleetward.devices.imports.actions.child.batch_rows", lambda: 1)
    serials = [desk.get_serial(device) for device in desk.add(2)]
    uid = desk.upload([(serials[0],), (serials[1],), ("ZZZ9999",)])
    left = iter(range(looks))

    def clock() -> datetime:
        if next(left, None) is None:
            raise Killed
        return utc_now()

    with pytest.raises(Killed):
        desk.work(uid, clock)
    row = desk.read(uid)
    assert desk.words(row) == ["FOUND", "FOUND", "NOT_FOUND"]
    assert desk.counted(row) == {"FOUND": 2, "NOT_FOUND": 1}
    assert len(told(desk)) == 1


def test_what_another_worker_has_ended_is_left_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (device,) = desk.add(1)
    uid = desk.upload([(desk.get_serial(device),)])
    number = desk.stored(uid).id
    finish = working.finish

    def first(**given: object) -> None:
        finish(**given)  # type: ignore[arg-type]
        break_serials(tenant=desk.tenant, serials=number, now=utc_now())
        finish(**given)  # type: ignore[arg-type]

    monkeypatch.setattr(working, "finish", first)
    assert desk.read(uid).state is SerialState.READY
    assert len(told(desk)) == 1


def test_a_list_that_fails_for_good_is_refused(desk: Desk) -> None:
    uid = desk.upload([("AAA1111",)])
    break_serials(tenant=desk.tenant, serials=desk.stored(uid).id, now=utc_now())
    row = desk.found(uid)
    assert row.state is SerialState.REFUSED
    assert row.problem is not None
    assert row.problem.code == "serials_broken"


@pytest.mark.parametrize("job", [read_serials, match_serials])
def test_whoever_lost_the_right_finds_nothing(desk: Desk, job: Callable[..., None]) -> None:
    uid = desk.upload([("AAA1111",)])
    given = {"tenant": desk.tenant, "serials": desk.stored(uid).id, "clock": utc_now}
    if job is match_serials:
        read_serials(**given)
    Membership.objects.filter(user=desk.cast.admin).update(role="REPORT_ADMIN")
    job(**given)
    problem = desk.stored(uid).problem
    assert problem is not None
    assert problem["code"] == "serials_right_lost"
    with pytest.raises(Forbidden):
        desk.found(uid)


def test_a_list_is_its_users_own(desk: Desk) -> None:
    row = desk.given([("AAA1111",)])
    colleague = make_user("second@acme.example", {desk.tenant: "IT_ADMIN"})  # type: ignore[dict-item]
    for user in (colleague, desk.cast.outsider, desk.cast.reader):
        for ask in (get_serial_list, list_serial_rows):
            with pytest.raises((NotFound, Forbidden)):
                ask(actor=actor_of(user), tenant=desk.tenant, uid=row.uid)
        with pytest.raises((NotFound, Forbidden)):
            next(iterate_serial_rows(actor=actor_of(user), tenant=desk.tenant, uid=row.uid))
    with pytest.raises(NotFound):
        desk.found(uuid.uuid4())


def test_a_reader_may_send_none_and_nothing_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"tenant": desk.tenant, "file_name": "x.csv", "now": utc_now()}
    with pytest.raises(Forbidden):
        upload_serials(actor=actor_of(desk.cast.reader), chunks=[b"x"], **given)
    kept: list[uuid.UUID] = []

    def fail(**what: object) -> None:
        kept.append(what["received"].uid)  # type: ignore[attr-defined]
        raise Killed

    module = "fleetward.devices.serial_lists.actions.uploading"
    monkeypatch.setattr(f"{module}._register", fail)
    with pytest.raises(Killed):
        upload_serials(actor=desk.actor, chunks=[b"x"], **given)
    assert not folder_of(kept[0]).path.exists()


def test_a_list_without_a_worker_is_woken(desk: Desk) -> None:
    desk.upload([("AAA1111",)])
    desk.given([("AAA1111",)])
    assert wake_serials(now=utc_now()) == 0
    assert wake_serials(now=utc_now() + timedelta(minutes=2)) == 1


def test_a_download_comes_in_pieces(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fleetward.devices.serial_lists.queries.CHUNK_ROWS", 2)
    row = desk.given([(f"AAA111{n}",) for n in range(4)])
    rows = iterate_serial_rows(actor=desk.actor, tenant=desk.tenant, uid=row.uid)
    assert [one.row_no for one in rows] == [2, 3, 4, 5]


def test_old_lists_are_forgotten_with_their_rows(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "PURGE_AT_ONCE", 2)
    (device,) = desk.add(1)
    row = desk.given([(desk.get_serial(device),), ("AAA1111",), ("AAA1112",), ("AAA1113",)])
    waiting = desk.upload([("AAA1111",)])
    assert purge_serials(tenant=desk.tenant, now=utc_now() + timedelta(days=29)) == 0
    assert purge_serials(tenant=desk.tenant, now=utc_now() + timedelta(days=31)) == 1
    with tenant_scope([desk.tenant]):
        assert list(SerialList.objects.values_list("uid", flat=True)) == [waiting]
        assert not SerialRow.objects.exists()
    assert row.selection is not None
    assert get_selection(actor=desk.actor, tenant=desk.tenant, uid=row.selection).devices == 1
