"""W7, W17: a device that becomes another machine during a scheduled run, whoever can be asked."""

from __future__ import annotations

from typing import Any

import pytest

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.warranty.contracts import RunState
from fleetward.warranty.models import Coverage
from tests.bulk import begin_scheduled, finish
from tests.db.warranty.test_changed_at_the_end import switched_off
from tests.db.warranty.test_changed_identity import NEW_SERIAL, Place, make_place, outcome
from tests.invariants import an_outcome_for_each_device_of_a_run
from tests.simulators import Simulators


def looked_up_just_now(place: Place, **known: Any) -> None:
    """Somebody has refreshed the changed device beside the run."""
    with tenant_scope([place.tenant]):
        changed = Coverage.objects.filter(device_id=place.changed)
        changed.update(attempted_at=utc_now(), checked_at=utc_now(), **known)


@pytest.mark.django_db
def test_w17_a_device_that_cannot_be_asked_about_any_more_says_why(vendors: Simulators) -> None:
    place = make_place(vendors, begin=begin_scheduled)
    place.change(manufacturer="Acer", serial=NEW_SERIAL)
    assert finish(place.tenant, place.run).state is RunState.DONE
    assert outcome(place) == "VENDOR_NOT_SUPPORTED"
    an_outcome_for_each_device_of_a_run(place.tenant)


@pytest.mark.django_db
def test_w17_a_device_that_is_not_due_any_more_is_asked_about_as_planned(
    vendors: Simulators,
) -> None:
    place = make_place(vendors, begin=begin_scheduled)
    place.change(serial=NEW_SERIAL)
    looked_up_just_now(place)
    assert finish(place.tenant, place.run).state is RunState.DONE
    assert outcome(place) in ("FOUND", "NOT_FOUND")
    assert vendors.stats("dell")["serials"][NEW_SERIAL] == 1


@pytest.mark.django_db
def test_w17_a_device_is_planned_anew_although_its_vendor_is_over(vendors: Simulators) -> None:
    place = make_place(vendors, begin=begin_scheduled)
    looked_up_just_now(place)
    switched_off(place)
    finish(place.tenant, place.run)
    assert outcome(place) in ("FOUND", "NOT_FOUND")
    assert vendors.stats("lenovo")["serials"][NEW_SERIAL] == 1
    an_outcome_for_each_device_of_a_run(place.tenant)
