"""E12, W11: stored devices whose serial identifies nothing any more are asked of no vendor."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleetward.devices.actions.junk import change_junk_serials
from fleetward.devices.models import Device
from fleetward.devices.queries.junk import junk_serials
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.errors import Forbidden
from fleetward.warranty.models import Coverage
from fleetward.warranty.queries.schedule import get_schedule
from tests.bulk import outcomes_of, process, set_up
from tests.cast import NOW, Cast, actor_of, add_devices
from tests.simulators import Simulators

pytestmark = pytest.mark.django_db


def set_junk(*serials: str) -> None:
    operator = replace(system_actor("Tests"), is_operator=True)
    change_junk_serials(actor=operator, serials=serials, now=NOW)


def rename(tenant: int, serials: dict[int, str]) -> None:
    with tenant_scope([tenant]):
        for device, serial in serials.items():
            Device.objects.filter(id=device).update(serial=serial)


def test_e12_a_list_that_names_stored_devices_keeps_them_from_the_vendors(
    cast: Cast, vendors: Simulators
) -> None:
    tenant = cast.acme.id
    actor = set_up(tenant, "dell")
    plain, named, worn, shipped = devices = add_devices(tenant, 4)
    rename(tenant, {named: "LOANER-1", worn: "0000000", shipped: "NONE"})

    def junk() -> set[int]:
        run = process(actor, tenant)
        ended = outcomes_of(tenant, run.id)
        with tenant_scope([tenant]):
            told = dict(Coverage.objects.values_list("device_id", "latest_error"))
        found = {device for device in devices if ended[device] == "JUNK_SERIAL"}
        assert found == {device for device in devices if told[device] == "JUNK_SERIAL"}
        return found

    assert junk() == {worn, shipped}, "by the shipped list"
    set_junk("loaner.1", "T")
    assert junk() == {worn, named}
    assert plain not in junk()


def test_e12_only_an_operator_sets_the_list_of_all_tenants(cast: Cast) -> None:
    set_junk("LOANER-1")
    with pytest.raises(Forbidden):
        change_junk_serials(actor=actor_of(cast.admin), serials=[], now=NOW)
    assert junk_serials() == ["LOANER1"]


def test_e12_devices_of_junk_serials_are_never_due(cast: Cast) -> None:
    tenant = cast.acme.id
    actor = set_up(tenant, "dell")
    _plain, named, worn = add_devices(tenant, 3)
    rename(tenant, {named: "LOANER-1", worn: "XXXX"})
    assert get_schedule(actor=actor, tenant=tenant, now=NOW).due == 2
    set_junk("LOANER-1")
    assert get_schedule(actor=actor, tenant=tenant, now=NOW).due == 1
