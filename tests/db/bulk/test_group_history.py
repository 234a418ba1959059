"""Static groups (E13) in the history of a device, which they do not change."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace

import pytest

from fleetward.devices.actions import change_group, delete_devices, undo_deletion
from fleetward.devices.bulk.contracts import BulkKind
from fleetward.devices.contracts import ChangeKind, ChangeRow
from fleetward.devices.models import Change
from fleetward.devices.queries.history import list_changes, list_deleted
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import utc_now
from tests.cast import Cast
from tests.db.bulk.listed import Lists, row_of
from tests.db.bulk.work import Place
from tests.db.devices.fleet import group_of

pytestmark = pytest.mark.django_db


@dataclass
class Desk(Place):
    """Somebody who acts for another, under a request."""

    @property
    def actor(self) -> Actor:
        return replace(super().actor, on_behalf_of="boss@acme.example", request_id="r-1")

    def history(self, device: int) -> list[ChangeRow]:
        (uid,) = self.uids([device])
        page = list_changes(actor=self.actor, tenant=self.tenant, uid=uid)
        return [row for row in page.rows if row.kind is ChangeKind.GROUP]


@pytest.fixture
def desk(cast: Cast) -> Desk:
    return Desk(cast)


def fill(place: Place, group: uuid.UUID, kind: BulkKind = BulkKind.GROUP_ADD) -> str:
    return str(place.run(kind, {"group": str(group)}).uid)


def note_group(place: Place, device: int) -> None:
    """A group is told that was filled while the device was being deleted."""
    with tenant_scope([place.tenant]):
        Change.objects.create(
            tenant_id=place.tenant,
            device_id=device,
            at=utc_now(),
            actor="x",
            kind=ChangeKind.GROUP,
            fields={"group": {"before": None, "after": "Paris"}},
        )


def test_coming_in_and_going_out_tell_which_group_who_and_under_which_request(desk: Desk) -> None:
    (device,) = desk.add(1)
    group = group_of(desk.tenant, "Paris", [])
    runs = [fill(desk, group)]
    change_group(actor=desk.actor, tenant=desk.tenant, uid=group, name="Lyon", now=utc_now())
    runs.append(fill(desk, group, BulkKind.GROUP_REMOVE))
    out, came = desk.history(device)
    assert came.fields == {"group": (None, "Paris")}
    assert out.fields == {"group": ("Lyon", None)}
    for row in (out, came):
        told = (row.actor, row.on_behalf, row.request_id)
        assert told == (desk.actor.name, "boss@acme.example", "r-1")
    assert [came.bulk_uid, out.bulk_uid] == runs


def test_who_is_in_it_or_out_of_it_already_has_no_entry(desk: Desk) -> None:
    inside, outside = desk.add(2)
    group = group_of(desk.tenant, "Paris", [inside])
    fill(desk, group)
    assert (len(desk.history(inside)), len(desk.history(outside))) == (0, 1)
    for _ in range(2):
        fill(desk, group, BulkKind.GROUP_REMOVE)
    assert (len(desk.history(inside)), len(desk.history(outside))) == (1, 2)


def test_undo_is_told_as_well(desk: Desk) -> None:
    (device,) = desk.add(1)
    group = group_of(desk.tenant, "Paris", [])
    run = desk.run(BulkKind.GROUP_ADD, {"group": str(group)})
    desk.undo(run)
    assert [row.fields["group"] for row in desk.history(device)] == [
        ("Paris", None),
        (None, "Paris"),
    ]


def test_a_group_is_no_change_that_stops_the_undo_of_an_import(cast: Cast) -> None:
    lists = Lists(cast)
    found = lists.load(row_of("NEW0001"), row_of("NEW0002"))
    lists.devices = [lists.id_of("NEW0001"), lists.id_of("NEW0002")]
    fill(lists, group_of(lists.tenant, "Paris", []))
    lists.edit("NEW0002", location="Nice")
    assert lists.codes(lists.undo_list(found)) == {"NEW0001": "REMOVED", "NEW0002": "CHANGED_SINCE"}


def test_a_group_is_no_change_that_stops_the_undo_of_a_deletion(desk: Desk) -> None:
    (device,) = desk.add(1)
    run = desk.run(BulkKind.DELETE)
    note_group(desk, device)
    assert desk.undo(run).counts.done == 1
    given = {"actor": desk.actor, "tenant": desk.tenant}
    done = delete_devices(**given, uids=desk.uids(), now=utc_now())
    note_group(desk, device)
    assert len(list_deleted(**given, reference=done.reference)) == 1
    assert undo_deletion(**given, reference=done.reference, now=utc_now()) == 1
