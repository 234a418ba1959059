"""W7, W17: a device that becomes another machine while its vendor is given up for a run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions import settling
from fleetward.warranty.actions.running import fail_lane, run_lane
from fleetward.warranty.actions.services import switch_external_service
from fleetward.warranty.contracts import STOPPED, RunState
from fleetward.warranty.models import Coverage
from tests.bulk import finish, outcomes_of
from tests.db.warranty.test_changed_identity import (
    DEVICES,
    NEW_SERIAL,
    Place,
    answer,
    change_while_storing,
    claimed,
    lanes_in_queue,
    make_place,
    outcome,
)
from tests.invariants import an_outcome_for_each_device_of_a_run
from tests.plugins.database import FreshDatabase
from tests.races import without_guard
from tests.simulators import Simulators

LENOVO = {"manufacturer": "Lenovo", "serial": NEW_SERIAL}


def refused(place: Place) -> None:
    """Dell refuses our credentials, of which a lane hears when the device is another machine."""
    place.vendors.dial("dell", refuse_credentials=True)
    lane, claims = claimed(place)
    place.change(**LENOVO)
    answer(lane, claims)
    assert lane.is_over
    next_slice(place)


def next_slice(place: Place) -> None:
    run_lane(run_id=place.run.id, tenant=place.tenant, provider="dell", lane=0, now=utc_now())


def switched_off(place: Place) -> None:
    """Nobody can be asked at Dell any more when its lane opens."""
    switch_external_service(
        actor=place.actor, tenant=place.tenant, provider="dell", is_enabled=False, now=utc_now()
    )
    place.change(**LENOVO)
    next_slice(place)
    assert lanes_in_queue(place.run) == {"lenovo"}


def failed(place: Place) -> None:
    """The lane of Dell has failed for the last time, by a fault of our own."""
    place.change(**LENOVO)
    fail_lane(run_id=place.run.id, tenant=place.tenant, provider="dell", now=utc_now())
    assert lanes_in_queue(place.run) == {"lenovo"}


ENDS: dict[Callable[[Place], None], str] = {
    refused: "CREDENTIALS_REFUSED",
    switched_off: "NOT_CONFIGURED",
    failed: STOPPED,
}


def latest_error(place: Place) -> str:
    with tenant_scope([place.tenant]):
        return Coverage.objects.get(device_id=place.changed).latest_error


@pytest.mark.django_db
@pytest.mark.parametrize("end", ENDS)
def test_w17_a_device_of_another_make_is_asked_about_although_its_vendor_is_over(
    vendors: Simulators, end: Callable[[Place], None]
) -> None:
    place = make_place(vendors)
    end(place)
    assert finish(place.tenant, place.run).state is RunState.DONE_WITH_PROBLEMS
    outcomes = outcomes_of(place.tenant, place.run.id)
    assert outcomes.pop(place.changed) in ("FOUND", "NOT_FOUND")
    assert list(outcomes.values()) == [ENDS[end]] * (DEVICES - 1)
    assert vendors.stats("lenovo")["serials"][NEW_SERIAL] == 1
    assert latest_error(place) != ENDS[end]
    an_outcome_for_each_device_of_a_run(place.tenant)
    place.check()


@pytest.mark.django_db
@pytest.mark.parametrize("end", ENDS)
def test_control_planned_once_it_has_the_reason_of_a_vendor_that_is_not_its_own(
    vendors: Simulators, monkeypatch: pytest.MonkeyPatch, end: Callable[[Place], None]
) -> None:
    place = make_place(vendors)
    monkeypatch.setattr(settling, "plan_devices", lambda *run, **how: [])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{__name__}.lanes_in_queue", lambda run: {"lenovo"})
        end(place)
    finish(place.tenant, place.run)
    assert outcome(place) == ENDS[end]
    assert NEW_SERIAL not in vendors.stats("lenovo")["serials"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "last"),
    [
        ({"serial": NEW_SERIAL}, "CREDENTIALS_REFUSED"),
        ({"manufacturer": "Acer"}, "VENDOR_NOT_SUPPORTED"),
    ],
)
def test_w17_a_device_that_cannot_be_asked_about_either_says_why(
    vendors: Simulators, changes: dict[str, str], last: str
) -> None:
    place = make_place(vendors, count=1)
    vendors.dial("dell", refuse_credentials=True)
    lane, claims = claimed(place)
    place.change(**changes)
    answer(lane, claims)
    next_slice(place)
    finish(place.tenant, place.run)
    assert outcome(place) == latest_error(place) == last
    an_outcome_for_each_device_of_a_run(place.tenant)


def changed_while_its_vendor_is_given_up(
    vendors: Simulators, monkeypatch: pytest.MonkeyPatch
) -> str:
    place = make_place(vendors)
    vendors.dial("dell", refuse_credentials=True)
    change_while_storing(place, monkeypatch)
    assert place.serials()[place.changed] == NEW_SERIAL
    return latest_error(place)


def test_w17_a_change_waits_for_the_end_of_a_vendor(
    fresh_database: FreshDatabase, vendors: Simulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert changed_while_its_vendor_is_given_up(vendors, monkeypatch) == ""


def test_control_without_the_lock_another_machine_is_told_of_it(
    fresh_database: FreshDatabase, vendors: Simulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_guard(monkeypatch, "lock_mark", "FOR SHARE")
    assert changed_while_its_vendor_is_given_up(vendors, monkeypatch) == "CREDENTIALS_REFUSED"
