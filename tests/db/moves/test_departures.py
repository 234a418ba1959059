"""X10: the source sees what it gave away, with its history and what is sealed; nobody else does."""

from __future__ import annotations

import pytest

from fleetward.devices.actions import add_device, change_device
from fleetward.devices.contracts import DeviceInput, Origin
from fleetward.devices.queries.departures import (
    get_departure,
    list_departed_changes,
    list_departures,
)
from fleetward.devices.queries.history import list_changes
from fleetward.kernel.actor import system_actor
from fleetward.kernel.errors import NotFound
from tests.cast import NOW, add_devices
from tests.db.moves.world import LATER, World, make_group, reader

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


def known(world: World) -> int:
    """A device of the source with a history, sealed values and a group; it is the first there."""
    actor = system_actor("Tests", world.source.id)
    uid = add_device(
        actor=actor,
        tenant=world.source.id,
        device=DeviceInput("Dell", "ABC1234", location="Paris"),
        origin=Origin.MANUAL,
        now=NOW,
    )
    changes = {"assigned_user": "jane@source.example"}
    change_device(actor=actor, tenant=world.source.id, uid=uid, changes=changes, now=NOW)
    from fleetward.devices.models import Device
    from fleetward.infra.tx import tenant_scope

    with tenant_scope([world.source.id]):
        device = Device.objects.get(uid=uid).id
    make_group(world.source.id, "Sales", [device])
    return device


def kinds(rows: object) -> list[str]:
    return [str(row.kind) for row in rows.rows]  # type: ignore[attr-defined]


def test_x10_the_source_reads_what_it_gave_away(world: World) -> None:
    device = known(world)
    uid = world.row(device).uid
    world.go([device], LATER)
    asked = {"actor": reader(world.source.id), "tenant": world.source.id}
    (row,) = list_departures(**asked).rows  # type: ignore[arg-type]
    assert (row.uid, row.serial, row.at, row.target) == (uid, "ABC1234", LATER, "")
    assert not row.is_here
    sealed = get_departure(**asked, uid=uid)  # type: ignore[arg-type]
    assert sealed.values == {"assigned_user": "jane@source.example", "location": "Paris"}
    assert sealed.groups == ["Sales"]
    history = list_departed_changes(**asked, uid=uid)  # type: ignore[arg-type]
    assert kinds(history) == ["SENT", "CHANGED", "CREATED"]


def test_x10_the_target_reads_nothing_of_it(world: World) -> None:
    device = known(world)
    uid = world.row(device).uid
    world.go([device])
    asked = {"actor": reader(world.target.id), "tenant": world.target.id}
    assert not list_departures(**asked).rows  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        get_departure(**asked, uid=uid)  # type: ignore[arg-type]
    assert not list_departed_changes(**asked, uid=uid).rows  # type: ignore[arg-type]
    for actor in (reader(world.target.id), world.actor):
        history = list_changes(actor=actor, tenant=world.target.id, uid=uid)
        assert kinds(history) == ["RECEIVED"]


def test_where_it_went_is_named_to_whoever_sees_that_tenant(world: World) -> None:
    device = known(world)
    world.go([device])
    (row,) = list_departures(actor=world.actor, tenant=world.source.id).rows
    assert row.target == "Target"


def test_one_that_came_back_says_so(world: World) -> None:
    device = known(world)
    world.go([device])
    world.come_back([device])
    (row,) = list_departures(actor=world.actor, tenant=world.source.id).rows
    assert (row.undone_at, row.is_here) == (LATER, True)
    history = list_changes(actor=world.actor, tenant=world.source.id, uid=row.uid)
    assert kinds(history) == ["RECEIVED", "SENT", "CHANGED", "CREATED"]


def test_departures_come_page_by_page_the_latest_first(world: World) -> None:
    devices = add_devices(world.source.id, 5)
    world.go(devices)
    asked = {"actor": world.actor, "tenant": world.source.id}
    first = list_departures(**asked, limit=3)  # type: ignore[arg-type]
    second = list_departures(**asked, limit=3, cursor=first.after)  # type: ignore[arg-type]
    assert [len(first.rows), len(second.rows), second.after] == [3, 2, None]
    assert len({row.uid for row in [*first.rows, *second.rows]}) == 5


def test_a_device_that_a_list_added_has_its_beginning_where_it_was(world: World) -> None:
    (device,) = add_devices(world.source.id, 1)
    uid = world.row(device).uid
    world.go([device], LATER)
    asked = {"actor": reader(world.source.id), "tenant": world.source.id, "uid": uid}
    history = list_departed_changes(**asked).rows  # type: ignore[arg-type]
    assert [(str(row.kind), row.at) for row in history] == [("SENT", LATER), ("CREATED", NOW)]
    assert history[-1].origin == "CSV"
