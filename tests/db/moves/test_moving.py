"""X10, X11, X12, T14: devices go to another tenant, and nothing of their source is told there."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection

from fleetward.devices.actions import preview_reassignment, reassign_devices, return_devices
from fleetward.devices.contracts import EffectLine, MoveEffect, TooManyDevices
from fleetward.devices.models import Change, Departure, Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.errors import Forbidden, NotFound
from tests.cast import NOW, add_devices, make_tenant
from tests.db.moves.world import LATER, World, make_group, members, mover, reader
from tests.invariants import everything_holds

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def world() -> World:
    return World()


def private(world: World) -> int:
    """A device of the source with everything that is sealed."""
    return add_devices(
        world.source.id,
        1,
        assigned_user="jane@source.example",
        location="Paris",
        asset_tag="IT-1",
        import_run_id=7,
        plan="PREMIUM",
    )[0]


def holds(world: World) -> None:
    for tenant in world.both:
        everything_holds(tenant)


def test_a_device_goes_and_keeps_what_it_is(world: World) -> None:
    device = private(world)
    before = world.row(device)
    (moved,) = world.go([device])
    after = world.row(device)
    assert (moved.device, moved.uid, moved.is_merged) == (device, before.uid, False)
    assert after.tenant_id == world.target.id
    for kept in ("uid", "serial", "manufacturer", "product_number", "origin", "name", "model"):
        assert getattr(after, kept) == getattr(before, kept)
    holds(world)


def test_x10_what_is_personal_stays_with_the_source(world: World) -> None:
    device = private(world)
    world.go([device], LATER)
    after = world.row(device)
    assert (after.assigned_user, after.location, after.asset_tag) == ("", "", "")
    assert (after.import_run_id, after.created_at) == (None, LATER)
    # L3: from here on it is of the target's plan.
    assert after.plan == ""
    with tenant_scope([world.target.id]):
        assert not Departure.objects.exists()
        assert set(Change.objects.values_list("kind", flat=True)) == {"RECEIVED"}
    with tenant_scope([world.source.id]):
        kept = Departure.objects.get()
        assert (kept.device_id, kept.uid, kept.at) == (device, after.uid, LATER)
        assert kept.values["assigned_user"] == "jane@source.example"
        assert not Device.objects.exists()


def test_the_history_stays_with_each_tenant(world: World) -> None:
    device = private(world)
    world.go([device])
    assert world.history(world.source.id, device) == ["SENT"]
    assert world.history(world.target.id, device) == ["RECEIVED"]


def test_devices_leave_the_groups_of_the_source(world: World) -> None:
    one, two = add_devices(world.source.id, 2)
    group = make_group(world.source.id, "Sales", [one, two])
    world.go([one])
    assert members(group) == {two}


def test_x12_only_what_is_in_the_source_goes(world: World) -> None:
    mine, deleted = add_devices(world.source.id, 2)
    theirs = add_devices(world.target.id, 1)[0]
    with tenant_scope(world.both):
        Device.objects.filter(id=deleted).update(is_active=False)
    assert [one.device for one in world.go([mine, deleted, theirs, 2**40])] == [mine]
    assert world.go([mine]) == []


def test_only_whoever_may_move_devices_does(world: World) -> None:
    device = private(world)
    for actor, refusal in (
        (reader(world.source.id), Forbidden),
        (reader(world.target.id), NotFound),
        # It does not see where they should go.
        (mover(world.source.id), NotFound),
    ):
        for action in (reassign_devices, return_devices, preview_reassignment):
            with pytest.raises(refusal):
                action(actor=actor, move=world.move(), devices=[device])
    with pytest.raises(TooManyDevices):
        world.go(range(5_001))


def test_t14_a_listing_of_the_target_merges(world: World) -> None:
    device = private(world)
    listing = world.list_again(
        device,
        name="DESK-7",
        assigned_user="joe@target.example",
        import_run_id=9,
        plan="STANDARD",
    )
    group = make_group(world.target.id, "Floor 2", [listing])
    (moved,) = world.go([device], LATER)
    after = world.row(device)
    assert moved.is_merged
    assert (after.name, after.assigned_user, after.location) == ("DESK-7", "joe@target.example", "")
    assert (after.import_run_id, after.created_at, after.plan) == (9, NOW, "STANDARD")
    assert members(group) == {device}
    with tenant_scope(world.both):
        assert not Device.objects.filter(id=listing).exists()
    holds(world)


# Product numbers of the device and of what the target lists; whether the device is held; what it
# has afterwards, if they are one machine. What a held one is held by (T10) does not change.
NUMBERS = [
    ("", ["PN-1"], False, "PN-1"),
    ("PN-1", [""], False, "PN-1"),
    ("", ["PN-1"], True, ""),
    ("PN-1", ["PN-1", ""], False, "PN-1"),
    ("PN-1", ["PN-2"], False, None),
    ("", ["PN-1", "PN-2"], False, None),
]


@pytest.mark.parametrize(("own", "listed", "is_held", "after"), NUMBERS)
def test_t14_a_product_number_that_one_side_lacks_may_be_any(
    world: World, own: str, listed: list[str], is_held: bool, after: str | None
) -> None:
    device = private(world)
    with tenant_scope(world.both):
        Device.objects.filter(id=device).update(product_number=own, has_custody=is_held)
    listings = [world.list_again(device, product_number=number) for number in listed]
    lines = preview_reassignment(actor=world.actor, move=world.move(), devices=[device])
    (moved,) = world.go([device])
    assert lines[0] == EffectLine(MoveEffect.MERGED_LISTINGS, int(moved.is_merged))
    assert moved.is_merged == (after is not None)
    found = world.row(device)
    assert (found.product_number, found.has_custody) == (own if after is None else after, is_held)
    holds(world)
    world.come_back([device])
    assert world.row(device).product_number == own
    assert [world.row(listing).product_number for listing in listings] == listed


@pytest.mark.parametrize("state", ["active", "deleted", "archived"])
def test_t14_whatever_state_the_listing_is_in(world: World, state: str) -> None:
    device = private(world)
    listing = world.list_again(device)
    if state != "active":
        with tenant_scope(world.both):
            archived = NOW.date() if state == "archived" else None
            Device.objects.filter(id=listing).update(is_active=False, archived_on=archived)
        from tests.db.moves.world import write

        write(
            world.both,
            "DELETE FROM warranty_coverage WHERE device_id = %(id)s RETURNING 1",
            id=listing,
        )
    assert [one.is_merged for one in world.go([device])] == [True]
    assert world.row(device).is_active
    holds(world)


def test_custody_travels_and_is_taken_over(world: World) -> None:
    one, two = add_devices(world.source.id, 2)
    listing = world.list_again(two)
    with tenant_scope(world.both):
        Device.objects.filter(id__in=[one, listing]).update(has_custody=True, enrolled_at=NOW)
    world.go([one, two])
    assert world.row(one).has_custody
    assert world.row(two).has_custody
    world.come_back([one, two])
    assert (world.row(one).has_custody, world.row(two).has_custody) == (True, False)
    assert (world.row(listing).has_custody, world.row(listing).enrolled_at) == (True, NOW)


def test_x5_a_preview_counts_what_a_move_does(world: World) -> None:
    one, two, three = private(world), private(world), add_devices(world.source.id, 1)[0]
    world.list_again(one)
    make_group(world.source.id, "Sales", [two, three])
    lines = preview_reassignment(
        actor=world.actor, move=world.move(), devices=[one, two, three, 2**40]
    )
    assert lines[: len(MoveEffect)] == [
        EffectLine(MoveEffect.MERGED_LISTINGS, 1),
        EffectLine(MoveEffect.SEALED_DEVICES, 2),
        EffectLine(MoveEffect.GROUP_MEMBERSHIPS, 2),
        EffectLine(MoveEffect.SEALED_USERS, 2),
        EffectLine(MoveEffect.SEALED_LOCATIONS, 2),
        EffectLine(MoveEffect.SEALED_TAGS, 2),
    ]
    assert world.row(one).tenant_id == world.source.id


def test_x11_an_undo_puts_everything_back(world: World) -> None:
    device = private(world)
    listing = world.list_again(device, name="DESK-7", plan="STANDARD")
    sales = make_group(world.source.id, "Sales", [device])
    floor = make_group(world.target.id, "Floor 2", [listing])
    before = [world.row(device), world.row(listing)]
    world.go([device])
    (back,) = world.come_back([device])
    assert back.is_merged
    after = [world.row(device), world.row(listing)]
    for old, new in zip(before, after, strict=True):
        for name in [one.attname for one in Device._meta.concrete_fields]:
            if name != "updated_at":
                assert getattr(new, name) == getattr(old, name), name
    assert (members(sales), members(floor)) == ({device}, {listing})
    assert world.history(world.source.id, device) == ["SENT", "RECEIVED"]
    assert world.history(world.target.id, listing) == ["RECEIVED", "SENT"]
    with tenant_scope([world.source.id]):
        assert Departure.objects.get().undone_at == LATER
    holds(world)
    assert world.come_back([device]) == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE devices_device SET name = 'x', updated_at = now() WHERE id = %(id)s RETURNING 1",
        "UPDATE devices_device SET is_active = false WHERE id = %(id)s RETURNING 1",
        """
        INSERT INTO devices_change (tenant_id, device_id, at, actor, kind, fields, request_id)
        SELECT tenant_id, id, updated_at, 'x', 'WARRANTY', '{}', 'move-request'
        FROM devices_device WHERE id = %(id)s RETURNING 1
        """,
    ],
)
def test_x11_what_has_changed_since_stays(world: World, change: str) -> None:
    from tests.db.moves.world import write

    changed, same = add_devices(world.source.id, 2)
    world.go([changed, same])
    write(world.both, change, id=changed)
    assert [one.device for one in world.come_back([changed, same])] == [same]
    assert world.row(changed).tenant_id == world.target.id


def test_a_group_of_the_target_does_not_hinder_the_undo(world: World) -> None:
    device = private(world)
    world.go([device])
    group = make_group(world.target.id, "Floor 2", [device])
    assert len(world.come_back([device])) == 1
    assert members(group) == set()


def test_a_machine_that_the_source_lists_anew_stays(world: World) -> None:
    device = private(world)
    world.go([device])
    known = world.row(device)
    other = add_devices(world.source.id, 1, manufacturer=known.manufacturer)[0]
    with tenant_scope(world.both):
        Device.objects.filter(id=other).update(serial=known.serial)
    assert world.come_back([device]) == []
    holds(world)


def test_a_later_move_is_not_taken_back_by_an_earlier_one(world: World) -> None:
    device = private(world)
    world.go([device])
    there = World(source=world.target, target=world.source)
    there.reference = type(world.reference)(int=1)
    there.go([device], LATER)
    assert world.come_back([device]) == []
    assert world.row(device).tenant_id == world.source.id
    holds(world)


def test_one_reference_moves_a_device_once(world: World) -> None:
    """By it the move is taken back; no other try would help, so there is none."""
    device = private(world)
    world.go([device])
    there = World(world.target, world.source, world.reference)
    with pytest.raises(IntegrityError, match="devices_departure_once"):
        there.go([device], LATER)
    assert world.row(device).tenant_id == world.target.id
    holds(world)


def test_t14_a_listing_that_came_from_a_third_tenant_merges(world: World) -> None:
    """That tenant keeps its history of it, and is in the scope of nobody who moves here."""
    earlier = World(make_tenant("Third"), world.target, uuid.uuid4())
    listing = add_devices(earlier.source.id, 1)[0]
    earlier.go([listing])
    device = private(world)
    known = earlier.row(listing)
    with tenant_scope(world.both):
        same = {"manufacturer": known.manufacturer, "serial": known.serial}
        Device.objects.filter(id=device).update(**same)
    (moved,) = world.go([device], LATER)
    assert (moved.device, moved.is_merged) == (device, True)
    assert earlier.history(earlier.source.id, listing) == ["SENT"]
    with tenant_scope([earlier.source.id]):
        (gone,) = Departure.objects.all()
    assert (gone.device_id, gone.undone_at) == (listing, None)
    with connection.cursor() as cursor:
        # What a commit checks.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert len(world.come_back([device], LATER + HOUR)) == 1
    assert world.history(world.target.id, listing)[0] == "RECEIVED"
    holds(world)
