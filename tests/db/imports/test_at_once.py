"""Several workers at one import, and people who decide while it is stored: each row ends once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from fleetward.devices.imports.actions import (
    cancel_import,
    run_import,
    start_import,
    storing,
)
from fleetward.devices.imports.actions.storing import NeverSettles, store_batch
from fleetward.devices.imports.contracts import Counts, ImportDetail, ImportState, RightLost
from fleetward.devices.imports.queries import find_run, get_import
from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import utc_now
from fleetward.notifications.models import Notification
from fleetward.tenancy.models import Membership
from tests.cast import NOW, Cast, actor_of, add_devices, make_cast
from tests.db.imports.lists import (
    analysed,
    at_look,
    csv_of,
    discard_waiting,
    stored,
    words,
    worker,
)
from tests.db.moves.world import World
from tests.plugins.database import FreshDatabase
from tests.races import at_once

LIST = csv_of([("ABC1234", "Dell", "", "PC-1")])
FIVE = csv_of([(f"SN0000{n}", "Lenovo") for n in range(5)])


@pytest.fixture
def acme(cast: Cast) -> tuple[Actor, int]:
    return actor_of(cast.device_admin), cast.acme.id


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows each, one after another: a second connection would see nothing of the test's."""
    monkeypatch.setattr("fleetward.devices.imports.actions.child.batch_rows", lambda: 2)
    monkeypatch.setattr("fleetward.devices.imports.actions.lanes.lane_count", lambda: 1)


def begun(acme: tuple[Actor, int], data: bytes = LIST) -> ImportDetail:
    return analysed(*acme, data, starts_itself=True)


def again(acme: tuple[Actor, int], found: ImportDetail) -> ImportDetail:
    return get_import(actor=worker(acme[1]), tenant=acme[1], uid=found.summary.uid)


def ends(acme: tuple[Actor, int]) -> list[str]:
    with tenant_scope([acme[1]]):
        return list(Notification.objects.order_by("id").values_list("kind", flat=True))


def cancel(acme: tuple[Actor, int], found: ImportDetail) -> None:
    cancel_import(actor=acme[0], tenant=acme[1], uid=found.summary.uid, now=utc_now())


def test_a_batch_that_another_worker_was_first_with_is_stored_once(
    acme: tuple[Actor, int], batches: None
) -> None:
    found = begun(acme, FIVE)
    run = find_run(tenant=acme[1], run=found.summary.id)
    assert run

    def another() -> None:
        assert store_batch(actor=worker(acme[1]), run=run, number=0, now=utc_now())

    told: list[int] = []
    run_import(tenant=acme[1], run=run.id, clock=at_look({1: another}), told=told.append)
    ended = again(acme, found).summary
    assert (ended.state, ended.counts, told) == (ImportState.DONE, Counts(new=5), [2, 1])


def test_two_workers_at_the_end_tell_it_once(acme: tuple[Actor, int]) -> None:
    found = begun(acme)

    def another() -> None:
        run_import(tenant=acme[1], run=found.summary.id, clock=utc_now)

    run_import(tenant=acme[1], run=found.summary.id, clock=at_look({2: another}))
    assert again(acme, found).summary.state is ImportState.DONE
    assert ends(acme) == ["IMPORT_DONE"]


def test_two_workers_at_a_cancelled_import_skip_its_rows_once(acme: tuple[Actor, int]) -> None:
    found = begun(acme)
    cancel(acme, found)

    def another() -> None:
        run_import(tenant=acme[1], run=found.summary.id, clock=utc_now)

    run_import(tenant=acme[1], run=found.summary.id, clock=at_look({1: another}))
    assert again(acme, found).summary.counts == Counts(skipped=1)
    assert ends(acme) == ["IMPORT_CANCELLED"]


def test_whoever_cancels_stops_it_after_the_present_batch(
    acme: tuple[Actor, int], batches: None
) -> None:
    found = begun(acme, FIVE)
    run_import(
        tenant=acme[1], run=found.summary.id, clock=utc_now, told=lambda rows: cancel(acme, found)
    )
    ended = again(acme, found)
    assert ended.summary.state is ImportState.CANCELLED
    assert words(worker(acme[1]), acme[1], ended) == ["NEW"] * 2 + ["SKIPPED"] * 3


def test_a_right_that_is_lost_on_the_way_ends_it_after_the_present_batch(
    cast: Cast, acme: tuple[Actor, int], batches: None
) -> None:
    found = begun(acme, FIVE)

    def lose(rows: int) -> None:
        Membership.objects.filter(user=cast.device_admin).update(role="REPORT_ADMIN")

    run_import(tenant=acme[1], run=found.summary.id, clock=utc_now, told=lose)
    ended = again(acme, found)
    assert ended.problem
    assert (ended.summary.state, ended.problem.code) == (ImportState.FAILED, RightLost.code)
    assert ended.summary.counts == Counts(new=2, skipped=3)


def test_a_right_that_is_lost_when_all_is_stored_takes_nothing_back(
    cast: Cast, acme: tuple[Actor, int]
) -> None:
    found = begun(acme)

    def lose(rows: int) -> None:
        Membership.objects.filter(user=cast.device_admin).update(role="REPORT_ADMIN")

    run_import(tenant=acme[1], run=found.summary.id, clock=utc_now, told=lose)
    ended = again(acme, found).summary
    assert (ended.state, ended.counts) == (ImportState.DONE, Counts(new=1))


@pytest.fixture
def committed(fresh_database: FreshDatabase) -> tuple[Actor, int]:
    cast = make_cast()
    return actor_of(cast.device_admin), cast.acme.id


def store_beside_another_writer(acme: tuple[Actor, int], found: ImportDetail) -> None:
    """Somebody enters the device of the list, and commits it when the list waits for that."""

    def enter() -> None:
        Device.objects.create(
            tenant_id=acme[1],
            manufacturer="Dell",
            serial="ABC1234",
            origin="MANUAL",
            created_at=NOW,
            updated_at=NOW,
        )

    def store() -> None:
        run_import(tenant=acme[1], run=found.summary.id, clock=utc_now)

    at_once([acme[1]], enter, store)


def test_a_row_that_lost_a_race_is_matched_again(committed: tuple[Actor, int]) -> None:
    found = begun(committed)
    store_beside_another_writer(committed, found)
    assert again(committed, found).summary.counts == Counts(changed=1)
    assert stored(committed[1])["Dell", "ABC1234", ""].name == "PC-1"


def test_control_without_another_turn_the_batch_is_taken_back(
    committed: tuple[Actor, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "MOST_TURNS", 1)
    found = begun(committed)
    with pytest.raises(NeverSettles):
        store_beside_another_writer(committed, found)
    ended = again(committed, found).summary
    assert (ended.state, ended.counts) == (ImportState.RUNNING, Counts())
    assert stored(committed[1])["Dell", "ABC1234", ""].name == ""


def test_x12_a_device_that_a_mover_takes_meanwhile_is_listed_anew(
    fresh_database: FreshDatabase,
) -> None:
    """What was found is another tenant's by then: the list neither changes nor counts it."""
    world = World()
    (device,) = add_devices(world.source.id, 1)
    was = world.row(device)
    lister = worker(world.source.id)
    found = begun((lister, world.source.id), csv_of([(was.serial, was.manufacturer, "", "PC-1")]))

    def store() -> None:
        run_import(tenant=world.source.id, run=found.summary.id, clock=utc_now)

    at_once(world.both, lambda: world.go([device]), store)
    assert again((lister, world.source.id), found).summary.counts == Counts(new=1)
    moved, listed = world.row(device), stored(world.source.id)
    assert (moved.tenant_id, moved.name) == (world.target.id, was.name)
    assert {one.name: one.id == device for one in listed.values()} == {"PC-1": False}


def test_a_list_that_is_started_at_the_last_moment_is_not_discarded(
    committed: tuple[Actor, int],
) -> None:
    found = analysed(*committed, LIST)
    given = {"actor": committed[0], "tenant": committed[1], "uid": found.summary.uid}
    start: Callable[[], None] = lambda: start_import(**given, now=utc_now())  # noqa: E731
    tomorrow = utc_now() + timedelta(days=2)
    at_once([committed[1]], start, lambda: discard_waiting(tomorrow))
    assert again(committed, found).summary.state is ImportState.RUNNING
    assert "IMPORT_DISCARDED" not in ends(committed)
