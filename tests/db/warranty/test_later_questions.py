"""W13: of two answers about one device the one to the later question stands, whoever comes last.

A bulk processing and the refresh of one device ask at the same time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from fleetward.devices.actions.removing import delete_devices, restore_devices
from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions.runs import refresh_device
from fleetward.warranty.contracts import RunState
from fleetward.warranty.models import Batch, Coverage
from tests.bulk import finish
from tests.db.warranty.test_changed_identity import (
    DEVICES,
    Place,
    answer,
    claimed,
    make_place,
    outcome,
)
from tests.plugins.database import FreshDatabase
from tests.races import at_once, without_guard
from tests.simulators import Simulators


def refresh(place: Place) -> None:
    with tenant_scope([place.tenant]):
        uid = str(Device.objects.get(id=place.changed).uid)
    run = refresh_device(actor=place.actor, tenant=place.tenant, device_uid=uid, now=utc_now())
    assert finish(place.tenant, run).state is RunState.DONE


def known(place: Place) -> tuple[datetime | None, ...]:
    """When the device was asked about, and when it was answered."""
    with tenant_scope([place.tenant]):
        row = Coverage.objects.get(device_id=place.changed)
    return row.asked_at, row.checked_at, row.attempted_at


def answered(vendors: Simulators, count: int = DEVICES) -> tuple[Place, Callable[[], object]]:
    """A bulk processing has its answers, and stores them later."""
    place = make_place(vendors, count=count)
    lane, claims = claimed(place)
    lane.take_on(claims[0], lane._slot())
    assert lane.moves
    return place, lane.store


def killed(vendors: Simulators) -> tuple[Place, Callable[[], object]]:
    """Its worker died with the answers in hand, and another one stores what was kept."""
    place, _ = answered(vendors)
    with tenant_scope([place.tenant]):
        Batch.objects.update(due_at=utc_now())
    return place, lambda: finish(place.tenant, place.run)


def submitted(vendors: Simulators) -> tuple[Place, Callable[[], object]]:
    """Its vendor works on a job that was submitted before, and answers later."""
    place = make_place(vendors, vendor="hp")
    answer(*claimed(place, "hp"))
    return place, lambda: finish(place.tenant, place.run)


def restored_while_its_answer_is_stored(vendors: Simulators) -> Place:
    """A device is deleted with its answer under way, and comes back.

    The only one: what is stored of others holds rows of the tally, and whoever restores waits.
    """
    place, store = answered(vendors, count=1)
    with tenant_scope([place.tenant]):
        uids = [Device.objects.get(id=place.changed).uid]
    given = {"actor": place.actor, "tenant": place.tenant, "uids": uids, "now": utc_now()}
    delete_devices(**given)
    at_once([place.tenant], store, lambda: restore_devices(**given))
    return place


def test_w17_a_device_that_comes_back_has_the_coverage_of_its_lines(
    fresh_database: FreshDatabase, vendors: Simulators
) -> None:
    place = restored_while_its_answer_is_stored(vendors)
    assert outcome(place) == ""
    place.check()


def test_control_an_answer_for_a_deleted_device_leaves_lines_that_do_not_count(
    fresh_database: FreshDatabase, vendors: Simulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_guard(monkeypatch, "list_identities", "AND d.is_active")
    place = restored_while_its_answer_is_stored(vendors)
    with pytest.raises(AssertionError):
        place.check()


BULK = [answered, killed, submitted]
Bulk = Callable[[Simulators], tuple[Place, Callable[[], object]]]


@pytest.mark.django_db
@pytest.mark.parametrize("bulk", BULK)
def test_w13_what_was_asked_later_stands_although_it_was_stored_before(
    vendors: Simulators, bulk: Bulk
) -> None:
    place, store = bulk(vendors)
    refresh(place)
    later = known(place)
    store()
    assert known(place) == later
    with tenant_scope([place.tenant]):
        assert not Coverage.objects.filter(checked_at=None).exists()
    place.check()


@pytest.mark.django_db
@pytest.mark.parametrize("bulk", BULK)
def test_control_without_the_comparison_the_earlier_answer_replaces_it(
    vendors: Simulators, monkeypatch: pytest.MonkeyPatch, bulk: Bulk
) -> None:
    place, store = bulk(vendors)
    refresh(place)
    later = known(place)
    without_guard(monkeypatch, "lock_coverage", "t.asked_at < c.asked_at", "false")
    store()
    assert known(place) < later  # type: ignore[operator]
