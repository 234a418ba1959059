"""X12: of two who move the same devices one wins, and a killed one leaves nothing half moved."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace

import psycopg
import pytest
from django.db import OperationalError, connection

from fleetward.devices.actions import change_device, moving
from fleetward.devices.contracts import DevicesOvertaken, Move, Moved
from fleetward.devices.models import Change, Departure, Device, GroupMember, MergedListing
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.errors import NotFound
from fleetward.warranty.models import Coverage, SetAside
from tests.cast import NOW, add_devices, make_tenant
from tests.db.moves.world import World, make_group, mover, transfer
from tests.invariants import everything_holds
from tests.plugins.database import FreshDatabase
from tests.races import at_once, without_guard

DEVICES = 1_000
AGAIN = "d.tenant_id + 0 = %(tenant)s::bigint AND d.is_active AND d.id IN (SELECT id FROM wanted)\n"


class Rivals:
    """Two who move the same devices of one tenant, each to another one."""

    def __init__(self) -> None:
        self.tenants = [make_tenant(name).id for name in ("Source", "One", "Two")]
        self.devices = add_devices(self.tenants[0], DEVICES)
        self.moved: dict[int, list[Moved]] = {}

    def mover(self, number: int) -> Callable[[], None]:
        target = self.tenants[number]

        def work() -> None:
            self.moved[number] = transfer(
                actor=mover(*self.tenants),
                move=Move(self.tenants[0], target, uuid.UUID(int=number), NOW),
                devices=self.devices,
            )

        return work

    def race(self) -> tuple[int, int]:
        """How many each of them says that it moved."""
        at_once(self.tenants, self.mover(1), self.mover(2))
        return len(self.moved[1]), len(self.moved[2])


def test_x12_one_of_two_movers_wins(fresh_database: FreshDatabase) -> None:
    rivals = Rivals()
    assert rivals.race() == (DEVICES, 0)
    for tenant in rivals.tenants:
        everything_holds(tenant)


def test_control_without_the_comparison_both_say_that_they_won(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(fresh_database.owner_url, autocommit=True) as owner:
        # The net below: a history is of its device's tenant.
        owner.execute("DROP TRIGGER devices_change_same_tenant ON devices_change")
    without_guard(monkeypatch, "claim_moving", AGAIN, "true\n")
    without_guard(monkeypatch, "claim_moving", "WHERE l.tenant_id = %(tenant)s::bigint\n", "\n")
    without_guard(
        monkeypatch, "reassign_tenant", "AND d.tenant_id + 0 = %(tenant)s::bigint", "AND true"
    )
    assert Rivals().race() == (DEVICES, DEVICES)


def test_two_moves_that_cross_do_not_block_each_other(fresh_database: FreshDatabase) -> None:
    """Of a machine that both tenants list: each locks the other's device as a listing."""
    world = World()
    devices = add_devices(world.source.id, 20)
    listings = [world.list_again(device) for device in devices]
    back = Move(world.target.id, world.source.id, uuid.UUID(int=2), NOW)
    moved: list[Sequence[Moved]] = []

    def cross() -> None:
        moved.append(transfer(actor=world.actor, move=back, devices=listings))

    at_once(world.both, lambda: moved.append(world.go(devices)), cross)
    assert [len(one) for one in moved] == [20, 0]
    for tenant in world.both:
        everything_holds(tenant)


def listed_meanwhile() -> tuple[World, int, list[Sequence[Moved]]]:
    """The target lists what is about to arrive; the move of that waits for it."""
    world = World()
    (device,) = add_devices(world.source.id, 1)
    moved: list[Sequence[Moved]] = []
    at_once(
        world.both,
        lambda: world.list_again(device, name="DESK-7"),
        lambda: moved.append(world.go([device])),
    )
    return world, device, moved


def test_what_somebody_lists_meanwhile_merges(fresh_database: FreshDatabase) -> None:
    world, device, moved = listed_meanwhile()
    assert [one.is_merged for one in moved[0]] == [True]
    assert world.row(device).name == "DESK-7"


def test_control_without_another_try_the_move_gives_up(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "TRIES", 1)
    with pytest.raises(DevicesOvertaken):
        listed_meanwhile()


def test_nobody_changes_a_device_that_has_just_left(fresh_database: FreshDatabase) -> None:
    """Even one who sees both tenants: it was to be changed where it was."""
    world = World()
    (device,) = add_devices(world.source.id, 1)
    uid = world.row(device).uid

    def change() -> None:
        with pytest.raises(NotFound):
            change_device(
                actor=world.actor, tenant=world.source.id, uid=uid, changes={"name": "x"}, now=NOW
            )

    at_once(world.both, lambda: world.go([device]), change)
    assert world.row(device).name != "x"


STEPS = (
    "claim_moving",
    "part_devices",
    "merge_listings",
    "reassign_tenant",
    "mark_identities",
    "reassign_coverage",
    "set_aside_merged",
    "purge_replaced",
    "set_aside_evidence",
    "merge_known",
    "reassign_lines",
    "recompute_coverage",
)
BACK = (
    "claim_returning",
    "judge_returning",
    "part_returning",
    "return_tenant",
    "remake_listings",
    "rejoin_groups",
    "part_known",
    "restore_set_aside",
)


def everything(world: World) -> list[list[dict[str, object]]]:
    models = (Device, Change, GroupMember, Departure, MergedListing, Coverage, SetAside)
    with tenant_scope(world.both):
        return [sorted(model.objects.values(), key=str) for model in models]


def dies_after(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """The connection is gone once this statement is done, as of a killed worker."""
    for name in ("execute", "fetch"):
        whole = getattr(sql, name)

        def run(context: str, wanted: str, params: object = None, whole: object = whole) -> object:
            result = whole(context, wanted, params)  # type: ignore[operator]
            if wanted == step:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            return result

        monkeypatch.setattr(sql, name, run)


def test_x12_a_killed_mover_leaves_nothing_half_moved(fresh_database: FreshDatabase) -> None:
    world = World()
    devices = add_devices(world.source.id, 3, assigned_user="jane@source.example")
    world.list_again(devices[0])
    make_group(world.source.id, "Sales", devices)
    for steps, work in ((STEPS, world.go), (BACK, world.come_back)):
        before = everything(world)
        for step in steps:
            with pytest.MonkeyPatch.context() as patch:
                dies_after(patch, step)
                with pytest.raises(OperationalError):
                    work(devices)
            connection.close()
            assert everything(world) == before, step
        assert len(work(devices)) == 3
    for tenant in world.both:
        everything_holds(tenant)


def test_a_move_is_of_one_reference(fresh_database: FreshDatabase) -> None:
    """What another transfer moved is not taken back by this one."""
    world = World()
    devices = add_devices(world.source.id, 2)
    world.go(devices[:1])
    other = replace(world, reference=uuid.UUID(int=2))
    other.go(devices[1:])
    assert [one.device for one in world.come_back(devices)] == devices[:1]
