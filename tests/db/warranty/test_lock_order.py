"""Whatever changes coverage holds it by device, and before the tally: none waits for the other.

Committed.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, transaction

from fleetward.devices.actions.removing import delete_devices
from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions import services, settling
from fleetward.warranty.actions.running import run_lane
from fleetward.warranty.models import Coverage
from tests.bulk import begin, set_up
from tests.cast import add_devices, make_tenant
from tests.db.warranty.test_changed_identity import NEW_SERIAL, Place, make_place
from tests.plugins.database import FreshDatabase
from tests.races import in_a_thread, wait_for, without_guard
from tests.simulators import Simulators


def follow_setup(tenant: int) -> None:
    services.follow_setup(tenant=tenant)


def plan(tenant: int) -> None:
    begin(system_actor("Tests", tenant), tenant)


def delete(tenant: int) -> None:
    with tenant_scope([tenant]):
        uids = list(Device.objects.values_list("uid", flat=True))
    actor = system_actor("Tests", tenant)
    delete_devices(actor=actor, tenant=tenant, uids=uids, now=utc_now())


CHANGES: dict[Callable[[int], None], str] = {
    follow_setup: "recompute_setup",
    plan: "plan_batches",
    delete: "purge_coverage",
}


def is_later_one_free(change: Callable[[int], None]) -> bool:
    """Whether the change, while it waits for one device, has left a later one alone."""
    tenant = make_tenant().id
    earlier, later = add_devices(tenant, 2)
    set_up(tenant, "dell" if change is follow_setup else "lenovo")
    with ThreadPoolExecutor(1) as pool:
        with tenant_scope([tenant]):
            locked = Coverage.objects.select_for_update(nowait=True)
            locked.get(device_id=earlier)
            other = pool.submit(in_a_thread, lambda: change(tenant))
            wait_for(other)
            assert not other.done()
            try:
                with transaction.atomic():
                    locked.get(device_id=later)
                is_free = True
            except OperationalError:
                is_free = False
        other.result()
    return is_free


@pytest.mark.parametrize("change", CHANGES)
def test_devices_are_held_in_the_order_in_which_answers_hold_them(
    fresh_database: FreshDatabase, change: Callable[[int], None]
) -> None:
    assert is_later_one_free(change)


@pytest.mark.parametrize("change", CHANGES)
def test_control_in_another_order_each_could_wait_for_the_other(
    fresh_database: FreshDatabase,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[int], None],
) -> None:
    order = "ORDER BY c.device_id"
    without_guard(monkeypatch, CHANGES[change], order, f"{order} DESC")
    assert not is_later_one_free(change)


def lane_of_dell(place: Place) -> None:
    run_lane(run_id=place.run.id, tenant=place.tenant, provider="dell", lane=0, now=utc_now())


def tell_while_a_vendor_is_given_up(vendors: Simulators) -> None:
    """Change what is told of a device of Dell and of one of Lenovo, with what it does to the tally,
    beside the end of Dell, which plans a device of Lenovo anew. Neither can be asked any more.
    """
    place = make_place(vendors)
    lenovo = add_devices(place.tenant, 1, "Lenovo")
    place.change(manufacturer="Lenovo", serial=NEW_SERIAL)
    for provider in ("dell", "lenovo"):
        services.switch_external_service(
            actor=place.actor,
            tenant=place.tenant,
            provider=provider,
            is_enabled=False,
            now=utc_now(),
        )
    told = Coverage.objects.filter(device_id__in=[place.devices[-1], *lenovo])
    with ThreadPoolExecutor(1) as pool:
        with tenant_scope([place.tenant]):
            list(told.order_by("device_id").select_for_update())
            other = pool.submit(in_a_thread, lambda: lane_of_dell(place))
            wait_for(other)
            told.update(reason="NOT_CONFIGURED", unknown_reason="NOT_CONFIGURED")
        other.result()
    place.check()


def test_w7_the_end_of_a_vendor_holds_its_devices_before_it_tallies(
    fresh_database: FreshDatabase, vendors: Simulators
) -> None:
    tell_while_a_vendor_is_given_up(vendors)


def test_control_tallied_first_each_waits_for_the_other(
    fresh_database: FreshDatabase, vendors: Simulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "lock_coverage", lambda tenant: 0)
    with pytest.raises(OperationalError, match="deadlock"):
        tell_while_a_vendor_is_given_up(vendors)
