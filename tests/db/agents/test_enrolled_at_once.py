"""Machines that enrol at the same time: one holder, one device, no PIN used too often (T10, E7)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError

from fleetward.agents.actions import enrolling
from fleetward.agents.contracts import Enrolment, EnrolmentRefused, EnrolmentState, PinTerms
from fleetward.agents.models import EnrolmentPin
from fleetward.devices.actions import add_device
from fleetward.devices.contracts import DeviceInput, DevicesOvertaken, Origin
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from tests.cast import NOW, make_tenant
from tests.db.agents.machines import LATITUDE, Site, another, new_key, site
from tests.plugins.database import FreshDatabase
from tests.races import at_once

Enrols = Callable[[], Enrolment]


def both(of: list[Site], first: Enrols, second: Enrols) -> list[Enrolment | None]:
    """What became of two, the second of which begins while the first is not committed."""
    made: list[Enrolment | None] = []

    def run(enrols: Enrols) -> Callable[[], None]:
        def work() -> None:
            try:
                made.append(enrols())
            except EnrolmentRefused:
                made.append(None)

        return work

    # In the scope that the enrolment has itself: it must join our transaction.
    at_once([of[0].tenant.id], run(first), run(second))
    return made


def test_t10_of_two_tenants_one_holds_the_machine(fresh_database: FreshDatabase) -> None:
    ours, theirs = site(make_tenant("Acme")), site(make_tenant("Globex"))
    made = both([ours], ours.enrol, theirs.enrol)
    assert [one and one.state for one in made] == [EnrolmentState.ENROLLED, EnrolmentState.HELD]
    assert (len(ours.devices()), theirs.devices()) == (1, [])


def test_e3_one_machine_twice_is_one_device(fresh_database: FreshDatabase) -> None:
    ours = site(make_tenant("Acme"))
    made = both([ours], ours.enrol, ours.enrol)
    assert {one and one.device for one in made} == {ours.device().uid}


def test_one_key_twice_is_one_enrolment(fresh_database: FreshDatabase) -> None:
    ours, key = site(make_tenant("Acme")), new_key()
    made = both([ours], lambda: ours.enrol(key=key), lambda: ours.enrol(key=key))
    assert [one and one.is_repeated for one in made] == [False, True]
    assert len({one and one.credential for one in made}) == 1


def listed_meanwhile() -> Site:
    """Somebody lists a machine by hand; its enrolment waits for them."""
    ours = site(make_tenant("Acme"))
    tenant = ours.tenant.id

    def add() -> None:
        device = DeviceInput("Dell", LATITUDE.serial, assigned_user="Ada")
        actor = system_actor("Tests", tenant)
        add_device(actor=actor, tenant=tenant, device=device, origin=Origin.MANUAL, now=NOW)

    at_once([tenant], add, ours.enrol)
    return ours


def test_e3_what_somebody_lists_meanwhile_is_enrolled_and_not_doubled(
    fresh_database: FreshDatabase,
) -> None:
    device = listed_meanwhile().device()
    assert (device.origin, device.has_custody) == ("MANUAL", True)
    assert (device.assigned_user, device.name) == ("Ada", "PC-1")


def test_control_without_another_turn_the_machine_must_ask_again(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fleetward.devices.actions.enrolling.MOST_TURNS", 1)
    with pytest.raises(DevicesOvertaken):
        listed_meanwhile()


def last_use(few: Site) -> list[Enrolment | None]:
    return both([few], few.enrol, lambda: few.enrol(another("7YH2QL3")))


def uses(few: Site) -> int:
    with tenant_scope([few.tenant.id]):
        return EnrolmentPin.objects.get().uses


def test_e7_the_last_use_of_a_pin_is_one(fresh_database: FreshDatabase) -> None:
    few = site(make_tenant("Acme"), PinTerms(most_uses=1))
    first, second = last_use(few)
    assert (first is None, second is None, uses(few)) == (False, True, 1)


def test_control_without_the_lock_it_is_used_twice(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = site(make_tenant("Acme"), PinTerms(most_uses=1))
    monkeypatch.setattr(enrolling, "locked", EnrolmentPin.objects.all)
    first, second = last_use(few)
    assert first is not None
    assert second is not None


def test_control_without_the_constraint_two_would_hold_it(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing but the constraint of the database tells of the other holder."""
    ours, theirs = site(make_tenant("Acme")), site(make_tenant("Globex"))
    monkeypatch.setattr("fleetward.devices.actions.enrolling.CUSTODY_CONSTRAINT", "of another name")
    with pytest.raises(IntegrityError, match="devices_device_custody"):
        both([ours], ours.enrol, theirs.enrol)
