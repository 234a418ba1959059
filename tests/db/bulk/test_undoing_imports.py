"""Undoing an import: what goes, what comes back, what is left alone, and that it happens once."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleetward.audit.models import Entry
from fleetward.devices.actions import (
    archive_devices,
)
from fleetward.devices.bulk.actions import (
    cancel_bulk,
    offer_import_undo,
    undo_bulk,
    undo_confirmed_import,
    undo_import,
    working,
)
from fleetward.devices.bulk.contracts import (
    UNDO_DAYS,
    BulkKind,
    BulkOutcome,
    BulkRow,
    BulkState,
    ImportUndone,
    NothingImported,
    UndoChanged,
    UndoTooLate,
)
from fleetward.devices.bulk.queries.undoing import get_import_undo, iterate_left, preview_undo
from fleetward.devices.contracts import (
    ChangeKind,
    WrongSecurityCode,
)
from fleetward.devices.imports.contracts import ImportNotReady
from fleetward.devices.models import BulkItem, BulkRun, Device, ImportRun
from fleetward.devices.queries.history import list_changes
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.notifications.models import Notification
from fleetward.tenancy.models import Membership
from fleetward.warranty.contracts import Reason
from tests.bulk import process, set_up
from tests.cast import TODAY, actor_of
from tests.db.bulk.listed import HEADERS, Lists, row_of
from tests.db.devices.fleet import answer, known
from tests.db.imports.lists import analysed, csv_of

pytestmark = pytest.mark.django_db


def test_what_was_added_goes_and_what_was_changed_is_as_before(lists: Lists) -> None:
    lists.enter("OLD0001", location="Lyon", model="Latitude")
    lists.enter("SAME001", location="Lyon")
    before = lists.devices_now()
    found = lists.load(
        row_of("OLD0001", Location="Paris", Country="FR"),
        row_of("SAME001", Location="Lyon"),
        row_of("NEW0001", Location="Paris"),
    )
    row = lists.undo_list(found)
    assert (row.kind, row.state) == (BulkKind.UNDO_IMPORT, BulkState.DONE)
    assert (row.counts.removed, row.counts.done, row.devices) == (1, 1, 2)
    assert lists.codes(row) == {"NEW0001": "REMOVED", "OLD0001": "DONE"}
    assert lists.devices_now() == before


def test_history_tells_what_came_back_who_did_it_and_under_which_request(lists: Lists) -> None:
    lists.enter("OLD0001", location="Lyon")
    row = lists.undo_list(lists.load(row_of("OLD0001", Location="Paris"), row_of("NEW0001")))
    told = {
        serial: list_changes(actor=lists.actor, tenant=lists.tenant, uid=lists.uid_of(serial)).rows[
            0
        ]
        for serial in ("OLD0001", "NEW0001")
    }
    assert told["OLD0001"].kind is ChangeKind.CHANGED
    assert told["OLD0001"].fields == {"location": ("Paris", "Lyon")}
    assert told["NEW0001"].kind is ChangeKind.DELETED
    for one in told.values():
        assert (one.actor, one.bulk_uid) == (lists.actor.name, str(row.uid))
        assert one.request_id == "test-request"


def test_the_trail_and_the_bell_tell_of_it_once(lists: Lists) -> None:
    found = lists.load(row_of("NEW0001"))
    row = lists.undo_list(found)
    lists.finish(row)
    with tenant_scope([lists.tenant]):
        (entry,) = Entry.objects.filter(verb="import.undone")
        (told,) = Notification.objects.filter(kind="IMPORT_UNDONE")
    assert entry.details["undoes"] == f"import:{found.summary.uid}"
    assert entry.details["removed"] == 1
    assert entry.details["outcomes_sha256"]
    assert (told.params["file"], told.params["done"], told.level) == ("list.csv", 1, "INFO")


def edit_in_bulk(lists: Lists, serial: str, **changes: str) -> BulkRow:
    return lists.run(BulkKind.EDIT, changes, lists.select([lists.id_of(serial)]))


def refresh(lists: Lists, serial: str) -> None:
    """The vendor is asked about all devices."""
    process(set_up(lists.tenant, "dell"), lists.tenant)


# What happens after the import to a device that had been in Lyon, or was not there, and that the
# import put to Paris -> how its undo ends for one that it changed, and for one that it added.
Act = Callable[[Lists, str], object]
SINCE: Mapping[str, tuple[Act, str, str]] = {
    "nothing": (lambda lists, one: None, "DONE", "REMOVED"),
    "edited": (
        lambda lists, one: lists.edit(one, location="Nice"),
        "CHANGED_SINCE",
        "CHANGED_SINCE",
    ),
    "edited in another field": (
        lambda lists, one: lists.edit(one, name="PC-1"),
        "DONE",
        "CHANGED_SINCE",
    ),
    "edited and set back": (
        lambda lists, one: (lists.edit(one, location="Nice"), lists.edit(one, location="Paris")),
        "DONE",
        "REMOVED",
    ),
    "edited in bulk": (
        lambda lists, one: edit_in_bulk(lists, one, location="Nice"),
        "CHANGED_SINCE",
        "CHANGED_SINCE",
    ),
    "edited in bulk in another field": (
        lambda lists, one: edit_in_bulk(lists, one, assigned_user="Ada"),
        "DONE",
        "CHANGED_SINCE",
    ),
    "edited in bulk and that undone": (
        lambda lists, one: lists.undo(edit_in_bulk(lists, one, location="Nice")),
        "DONE",
        "REMOVED",
    ),
    "deleted": (lambda lists, one: lists.delete(one), "GONE", "GONE"),
    "deleted and restored": (
        lambda lists, one: (lists.delete(one), lists.restore(one)),
        "DONE",
        "REMOVED",
    ),
    "changed by a later list": (
        lambda lists, one: lists.load(row_of(one, Location="Nice")),
        "CHANGED_SINCE",
        "CHANGED_SINCE",
    ),
    "named by a later list": (
        lambda lists, one: lists.load(row_of(one, Location="Paris")),
        "DONE",
        "LISTED_AGAIN",
    ),
    "changed by a later list that is undone": (
        lambda lists, one: lists.undo_list(lists.load(row_of(one, Location="Nice"))),
        "DONE",
        "REMOVED",
    ),
    "refreshed": (refresh, "DONE", "REMOVED"),
}


@pytest.mark.usefixtures("vendors")
def test_what_happened_since_decides_for_each_device(lists: Lists) -> None:
    changed = {f"C{n:06d}": since for n, since in enumerate(SINCE)}
    added = {f"A{n:06d}": since for n, since in enumerate(SINCE)}
    for serial in changed:
        lists.enter(serial, location="Lyon")
    found = lists.load(*(row_of(serial, Location="Paris") for serial in [*changed, *added]))
    for serial, since in [*changed.items(), *added.items()]:
        SINCE[since][0](lists, serial)
    run = lists.undo_list(found)
    ended = lists.codes(run)
    assert {since: ended[one] for one, since in changed.items()} == {
        k: v[1] for k, v in SINCE.items()
    }
    assert {since: ended[one] for one, since in added.items()} == {
        k: v[2] for k, v in SINCE.items()
    }
    for serial, since in changed.items():
        location = lists.get_device(lists.id_of(serial)).location
        assert (location == "Lyon") == (SINCE[since][1] == "DONE"), since


def test_a_deleted_device_that_the_list_brought_back_is_deleted_again(lists: Lists) -> None:
    lists.enter("D000001", location="Lyon")
    lists.delete("D000001")
    found = lists.load(row_of("D000001", Location="Paris"))
    row = lists.undo_list(found)
    device = lists.get_device(lists.id_of("D000001"))
    assert (device.is_active, device.location) == (False, "Lyon")
    assert row.counts.removed == 1


def test_one_that_came_back_and_was_edited_stays(lists: Lists) -> None:
    lists.enter("D000001", location="Lyon")
    lists.delete("D000001")
    found = lists.load(row_of("D000001", Location="Paris"))
    lists.edit("D000001", name="PC-1")
    assert lists.undo_list(found).counts.changed_since == 1


def test_a_product_number_that_was_filled_in_goes_unless_another_device_has_become_the_one(
    lists: Lists,
) -> None:
    lists.enter("D000001")
    lists.enter("D000002")
    lists.enter("D000003")
    found = lists.load(
        row_of("D000001", **{"Product number": "A1"}),
        row_of("D000002", **{"Product number": "A2"}),
        row_of("D000003", **{"Purchase date": "2025-03-01"}),
    )
    lists.enter("D000002")
    row = lists.undo_list(found)
    with tenant_scope([lists.tenant]):
        left = dict(Device.objects.filter(product_number="A2").values_list("serial", "id"))
        item = BulkItem.objects.get(run_id=row.id, device_id=left["D000002"])
    assert (item.outcome, item.refusal) == ("REFUSED", "IDENTITY_TAKEN")
    assert lists.get_device(lists.id_of("D000001")).product_number == ""
    assert lists.get_device(lists.id_of("D000003")).purchased_on is None


@pytest.mark.parametrize(
    "cells",
    [{"Country": "DE"}, {"Model": "VMware Virtual Platform"}, {"Country": "DE", "Model": "X"}],
)
def test_w13_a_list_with_another_country_or_kind_keeps_what_the_vendor_said(
    lists: Lists, cells: dict[str, str]
) -> None:
    lists.enter("D000001", country="FR")
    device = lists.id_of("D000001")
    answer(lists.tenant, device, TODAY)
    found = lists.load(row_of("D000001", **cells))
    why = Reason.VIRTUAL_MACHINE if "VMware" in cells.get("Model", "") else ""
    assert known(lists.tenant, device) == (TODAY, why, [TODAY])
    assert lists.undo_list(found).counts.done == 1
    assert known(lists.tenant, device) == (TODAY, "", [TODAY])


def test_w17_a_product_number_of_a_list_drops_what_the_vendor_said(lists: Lists) -> None:
    lists.enter("D000001", country="FR")
    device = lists.id_of("D000001")
    answer(lists.tenant, device, TODAY)
    lists.load(row_of("D000001", **{"Product number": "A1", "Country": "DE"}))
    assert known(lists.tenant, device) == (None, "", [])


def test_those_that_are_left_are_named_with_what_changed_and_who_did(lists: Lists) -> None:
    lists.enter("D000001", location="Lyon")
    found = lists.load(
        row_of("D000001", Location="Paris"), row_of("D000002"), row_of("D000003"), row_of("D000004")
    )
    lists.edit("D000001", location="Nice")
    lists.delete("D000002")
    lists.load(row_of("D000003"))
    told = lists.preview(found)
    assert (told.counts.removed, told.counts.left_alone) == (1, 3)
    named = {one.serial: one for one in told.left}
    assert named["D000001"].fields == {"location": ("Paris", "Nice")}
    assert named["D000001"].device == lists.uid_of("D000001")
    assert (named["D000001"].actor, named["D000002"].actor) == (lists.actor.name,) * 2
    assert (named["D000002"].outcome, named["D000002"].at is not None) == (BulkOutcome.GONE, True)
    assert (named["D000003"].refusal, named["D000003"].at) == ("LISTED_AGAIN", None)
    every = iterate_left(
        actor=lists.actor, tenant=lists.tenant, uid=found.summary.uid, now=utc_now()
    )
    assert list(every) == list(told.left)


def test_the_file_names_all_of_many(lists: Lists, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fleetward.devices.bulk.queries.undoing.CHUNK_ROWS", 2)
    monkeypatch.setattr("fleetward.devices.bulk.queries.undoing.NAMED", 2)
    found = lists.load(*(row_of(f"D{n:06d}") for n in range(4)))
    for n in range(4):
        lists.edit(f"D{n:06d}", name="PC")
    asked = {"actor": lists.actor, "tenant": lists.tenant, "uid": found.summary.uid}
    assert len(list(iterate_left(**asked, now=utc_now()))) == 4
    assert len(lists.preview(found).left) == 2


def test_an_import_is_undone_once(lists: Lists) -> None:
    found = lists.load(row_of("D000001"))
    row = lists.undo_list(found)
    with pytest.raises(ImportUndone):
        lists.begin_undo(found)
    told = get_import_undo(
        actor=lists.actor, tenant=lists.tenant, uid=found.summary.uid, now=utc_now()
    )
    assert told.change is not None
    assert (told.is_possible, told.change.uid) == (False, row.uid)


def test_its_time_is_thirty_days(lists: Lists) -> None:
    found = lists.load(row_of("D000001"))
    ended = found.summary.finished_at
    assert ended is not None
    asked = {"actor": lists.actor, "tenant": lists.tenant, "uid": found.summary.uid}
    last = ended + timedelta(days=UNDO_DAYS) - timedelta(seconds=1)
    assert get_import_undo(**asked, now=last).is_possible
    with pytest.raises(UndoTooLate):
        undo_import(**asked, now=last + timedelta(seconds=1))
    assert undo_import(**asked, now=last).devices == 1


def test_one_that_is_not_over_or_stored_nothing_has_nothing_to_undo(lists: Lists) -> None:
    waiting = analysed(lists.actor, lists.tenant, csv_of([row_of("D000001")], HEADERS))
    with pytest.raises(ImportNotReady):
        lists.begin_undo(waiting)
    told = get_import_undo(
        actor=lists.actor, tenant=lists.tenant, uid=waiting.summary.uid, now=utc_now()
    )
    assert (told.until, told.is_possible) == (None, False)
    lists.enter("D000001")
    nothing = lists.load(row_of("D000001"))
    with pytest.raises(NothingImported):
        lists.begin_undo(nothing)


def test_an_undo_that_was_cancelled_can_be_finished_later(
    lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "slice_size", lambda: 2)
    found = lists.load(*(row_of(f"D{n:06d}") for n in range(5)))
    begun = lists.begin_undo(found)
    working.work_slice(tenant=lists.tenant, run=begun.id, clock=utc_now)
    cancel_bulk(actor=lists.actor, tenant=lists.tenant, uid=begun.uid, now=utc_now())
    first = lists.finish(begun)
    assert (first.state, first.counts.removed, first.counts.skipped) == (BulkState.CANCELLED, 2, 3)
    again = lists.undo_list(found)
    assert (again.counts.removed, again.devices) == (3, 3)
    assert lists.devices_now() == {}


def test_when_all_is_done_already_nothing_is_left(lists: Lists) -> None:
    found = lists.load(row_of("D000001"))
    row = lists.undo_list(found)
    with tenant_scope([lists.tenant]):
        BulkRun.objects.filter(id=row.id).update(state="FAILED")
    with pytest.raises(NothingImported):
        lists.preview(found)
    with pytest.raises(NothingImported):
        lists.begin_undo(found)


def test_what_was_removed_can_be_brought_back(lists: Lists) -> None:
    lists.enter("D000001", location="Lyon")
    found = lists.load(row_of("D000001", Location="Paris"), row_of("D000002", Location="Paris"))
    row = lists.undo_list(found)
    assert row.has_undo
    back = lists.finish(
        undo_bulk(actor=lists.actor, tenant=lists.tenant, uid=row.uid, now=utc_now())
    )
    assert (back.kind, back.counts.done, back.devices) == (BulkKind.RESTORE, 1, 1)
    assert lists.get_device(lists.id_of("D000002")).is_active
    assert lists.get_device(lists.id_of("D000001")).location == "Lyon"


def test_one_that_removed_nothing_brings_nothing_back(lists: Lists) -> None:
    lists.enter("D000001", location="Lyon")
    assert not lists.undo_list(lists.load(row_of("D000001", Location="Paris"))).has_undo


def test_e10_removed_devices_are_archived_like_other_deleted_ones(lists: Lists) -> None:
    lists.undo_list(lists.load(row_of("D000001")))
    later = utc_now() + timedelta(days=400)
    assert archive_devices(tenant=lists.tenant, clock=lambda: later) == 1


def test_e10_a_person_types_the_security_code(lists: Lists) -> None:
    found = lists.load(row_of("D000001"))
    asked = {"actor": lists.actor, "tenant": lists.tenant, "uid": found.summary.uid}
    told, code = offer_import_undo(**asked, now=utc_now())
    assert (told.counts.removed, code.devices) == (1, 1)
    with pytest.raises(WrongSecurityCode):
        undo_confirmed_import(**asked, token=code.token, typed="wrong", now=utc_now())
    row = undo_confirmed_import(**asked, token=code.token, typed=code.code, now=utc_now())
    assert lists.finish(row).counts.removed == 1


@pytest.mark.parametrize("known", [(), ("D000001", "D000002")])
def test_e10_the_code_confirms_how_many_go_and_how_many_come_back(
    lists: Lists, known: tuple[str, ...]
) -> None:
    """A colleague takes an edit back between the page and the code."""
    serials = [f"D{n:06d}" for n in range(1, 5)]
    for serial in known:
        lists.enter(serial, location="Lyon")
    found = lists.load(*(row_of(serial, Location="Paris") for serial in serials))
    asked = {"actor": lists.actor, "tenant": lists.tenant, "uid": found.summary.uid}
    edited = [lists.id_of(serial) for serial in known or serials[1:]]
    edit = lists.run(BulkKind.EDIT, {"location": "Nice"}, lists.select(edited))
    told, code = offer_import_undo(**asked, now=utc_now())
    assert (told.counts.done, told.counts.changed_since) == (0, len(edited))
    lists.undo(edit)
    with pytest.raises(UndoChanged):
        undo_confirmed_import(**asked, token=code.token, typed=code.code, now=utc_now())
    assert len(lists.devices_now()) == len(serials)
    told, code = offer_import_undo(**asked, now=utc_now())
    assert (told.counts.removed, told.counts.done) == (len(serials) - len(known), len(known))
    row = undo_confirmed_import(**asked, token=code.token, typed=code.code, now=utc_now())
    assert lists.finish(row).counts == told.counts


def test_e10_the_code_of_another_import_is_none(lists: Lists) -> None:
    first, other = lists.load(row_of("D000001")), lists.load(row_of("D000002"))
    asked = {"actor": lists.actor, "tenant": lists.tenant, "now": utc_now()}
    _, code = offer_import_undo(**asked, uid=first.summary.uid)
    given = {"token": code.token, "typed": code.code}
    with pytest.raises(UndoChanged):
        undo_confirmed_import(**asked, **given, uid=other.summary.uid)


def test_others_see_nothing_of_it_and_readers_may_not(lists: Lists) -> None:
    found = lists.load(row_of("D000001"))
    asked = {"tenant": lists.tenant, "uid": found.summary.uid, "now": utc_now()}
    for ask in (undo_import, preview_undo, get_import_undo):
        with pytest.raises(NotFound):
            ask(actor=actor_of(lists.cast.outsider), **asked)
        with pytest.raises(Forbidden):
            ask(actor=actor_of(lists.cast.reader), **asked)
        with pytest.raises(NotFound):
            ask(actor=lists.actor, **asked | {"uid": uuid.uuid4()})


def test_who_has_lost_the_right_goes_no_further(lists: Lists) -> None:
    begun = lists.begin_undo(lists.load(row_of("D000001")))
    Membership.objects.filter(user=lists.cast.device_admin).update(role="REPORT_ADMIN")
    working.work_off(tenant=lists.tenant, run=begun.id, clock=utc_now)
    with tenant_scope([lists.tenant]):
        row = BulkRun.objects.get(id=begun.id)
    assert (row.state, row.skipped, row.removed) == ("FAILED", 1, 0)


def test_imports_of_another_time_are_undone_as_well(lists: Lists) -> None:
    """History has held before and after since the first version: nothing more is needed."""
    lists.enter("D000001", location="Lyon")
    found = lists.load(row_of("D000001", Location="Paris"))
    ago = utc_now() - timedelta(days=20)
    with tenant_scope([lists.tenant]):
        ImportRun.objects.update(finished_at=ago, rows_removed_at=ago)
    assert lists.undo_list(found).counts.done == 1


CELLS = st.fixed_dictionaries(
    {},
    optional={
        "Device name": st.sampled_from(["", "PC-1", "PC-2"]),
        "Location": st.sampled_from(["", "Lyon", "Paris"]),
        "Country": st.sampled_from(["", "FR", "DE"]),
        "Model": st.sampled_from(["", "Latitude", "VMware Virtual Platform"]),
        "Product number": st.sampled_from(["", "A1"]),
        "Purchase date": st.sampled_from(["", "2025-03-01", "2026-01-01"]),
    },
)
# What a machine was before the list, whether it was deleted then, and what the list says of it.
MACHINES = st.lists(
    st.tuples(st.none() | CELLS, st.booleans(), st.none() | CELLS), min_size=10, max_size=40
)
# Each example has machines of its own, in one tenant.
EXAMPLES = count(1)


@given(machines=MACHINES)
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_import_then_undo_leaves_the_devices_as_before(
    lists: Lists, machines: list[tuple[dict[str, str] | None, bool, dict[str, str] | None]]
) -> None:
    example = next(EXAMPLES)
    named = [(f"E{example:03d}N{n:03d}", *machine) for n, machine in enumerate(machines)]
    known = [(serial, cells, gone) for serial, cells, gone, _ in named if cells is not None]
    if known:
        lists.load(*(row_of(serial, **cells) for serial, cells, _ in known))
    for serial, _, gone in known:
        if gone:
            lists.delete(serial)
    before = lists.devices_now()
    listed = [row_of(serial, **cells) for serial, _, _, cells in named if cells is not None]
    if not listed:
        return
    found = lists.load(*listed)
    if found.summary.counts.new + found.summary.counts.changed:
        row = lists.undo_list(found)
        assert row.counts.left_alone == 0
    assert lists.devices_now() == before
