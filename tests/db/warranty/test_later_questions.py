"""W13: of two answers about one device the one to the later question stands, whoever comes last.

A bulk processing and the refresh of one device ask at the same time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions.runs import refresh_device
from fleetward.warranty.contracts import RunState
from fleetward.warranty.models import Batch, Coverage
from tests.bulk import finish
from tests.db.warranty.test_changed_identity import Place, answer, claimed, make_place
from tests.races import without_guard
from tests.simulators import Simulators

pytestmark = pytest.mark.django_db


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


def answered(vendors: Simulators) -> tuple[Place, Callable[[], object]]:
    """A bulk processing has its answers, and stores them later."""
    place = make_place(vendors)
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


BULK = [answered, killed, submitted]
Bulk = Callable[[Simulators], tuple[Place, Callable[[], object]]]


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
