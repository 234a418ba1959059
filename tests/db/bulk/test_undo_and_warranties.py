"""Undoing an import of devices that have got a hand-entered warranty, or a group, since."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from fleetward.devices.bulk.contracts import BulkKind, BulkOutcome
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions.manual import enter_warranty, release_warranty
from fleetward.warranty.contracts import ManualWarranty
from fleetward.web.pages.import_undo_views import why
from tests.cast import TODAY, Cast
from tests.db.bulk.listed import Lists, row_of
from tests.db.devices.fleet import group_of

pytestmark = pytest.mark.django_db
END = TODAY + timedelta(days=365)
WARRANTY = ManualWarranty("Our contract", TODAY, END)


@pytest.fixture
def lists(cast: Cast) -> Lists:
    return Lists(cast)


def enter(
    lists: Lists, serial: str, warranty: ManualWarranty = WARRANTY, by: Actor | None = None
) -> None:
    enter_warranty(
        actor=by or lists.actor,
        tenant=lists.tenant,
        device_uid=str(lists.uid_of(serial)),
        warranty=warranty,
        now=utc_now(),
    )


def release(lists: Lists, serial: str, by: Actor | None = None) -> None:
    release_warranty(
        actor=by or lists.actor,
        tenant=lists.tenant,
        device_uid=str(lists.uid_of(serial)),
        now=utc_now(),
    )


def enter_and_release(lists: Lists, serial: str) -> None:
    enter(lists, serial)
    enter(lists, serial, replace(WARRANTY, name="Another"))
    release(lists, serial)


def put_into_a_group(lists: Lists, serial: str) -> None:
    group = str(group_of(lists.tenant, serial, []))
    lists.run(BulkKind.GROUP_ADD, {"group": group}, lists.select([lists.id_of(serial)]))


# What happens after the import -> how its undo ends for a device that it changed, and for one that
# it added.
SINCE: Mapping[str, tuple[Callable[[Lists, str], None], str, str]] = {
    "a warranty was entered": (enter, "DONE", "CHANGED_SINCE"),
    "a warranty was entered and released": (enter_and_release, "DONE", "REMOVED"),
    "it was put into a group": (put_into_a_group, "DONE", "REMOVED"),
}


@pytest.mark.parametrize("since", SINCE)
def test_an_added_device_with_a_hand_entered_warranty_stays(lists: Lists, since: str) -> None:
    act, changed, added = SINCE[since]
    lists.enter("OLD0001", location="Lyon")
    found = lists.load(row_of("OLD0001", Location="Paris"), row_of("NEW0001"), row_of("NEW0002"))
    for serial in ("OLD0001", "NEW0001"):
        act(lists, serial)
    run = lists.undo_list(found)
    assert lists.codes(run) == {"OLD0001": changed, "NEW0001": added, "NEW0002": "REMOVED"}
    assert lists.get_device(lists.id_of("NEW0001")).is_active == (added == "CHANGED_SINCE")


def test_it_is_named_with_its_warranty_and_who_entered_it(lists: Lists) -> None:
    found = lists.load(row_of("NEW0001"), row_of("NEW0002"))
    enter(lists, "NEW0001")
    (left,) = lists.preview(found).left
    assert (left.serial, left.outcome) == ("NEW0001", BulkOutcome.CHANGED_SINCE)
    assert left.fields == {"warranty": (None, "Our contract")}
    assert (left.actor, left.at is not None) == (lists.actor.name, True)
    assert why(left) == "Hand-entered warranty: – → Our contract"


def test_a_warranty_of_before_the_import_holds_a_device_that_came_back_only_if_it_was_changed(
    lists: Lists,
) -> None:
    for serial in ("OLD0001", "OLD0002"):
        lists.enter(serial)
        enter(lists, serial)
        lists.delete(serial)
    found = lists.load(row_of("OLD0001"), row_of("OLD0002"))
    later = END + timedelta(days=30)
    enter(lists, "OLD0001", replace(WARRANTY, ends_on=later))
    (left,) = lists.preview(found).left
    assert left.fields == {"warranty": (END.isoformat(), later.isoformat())}
    assert lists.codes(lists.undo_list(found)) == {
        "OLD0001": "CHANGED_SINCE",
        "OLD0002": "REMOVED",
    }


def test_who_renamed_a_device_is_not_who_entered_its_warranty(lists: Lists) -> None:
    """The details of a warranty are called like fields of the device."""
    found = lists.load(row_of("OLD0001"))
    lists.edit("OLD0001", name="PC-1")
    other = replace(lists.actor, name="somebody else")
    enter(lists, "OLD0001", by=other)
    release(lists, "OLD0001", by=other)
    (left,) = lists.preview(found).left
    assert left.fields == {"name": ("", "PC-1")}
    assert left.actor == lists.actor.name
