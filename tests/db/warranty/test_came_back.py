"""W17 of deleted devices: whoever comes back as another machine brings no answer along."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from fleetward.devices.actions import add_device, delete_devices, store_devices
from fleetward.devices.contracts import DeviceInput, DeviceItem, Origin
from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from tests.cast import Cast, actor_of
from tests.db.devices.fleet import answer, known
from tests.db.imports.lists import csv_of, imported

pytestmark = pytest.mark.django_db

SERIAL, UNTIL = "5CG1234567", date(2028, 3, 1)


def by_hand(cast: Cast, maker: str) -> None:
    add_device(
        actor=actor_of(cast.device_admin),
        tenant=cast.acme.id,
        device=DeviceInput(manufacturer=maker, serial=SERIAL),
        origin=Origin.MANUAL,
        now=utc_now(),
    )


def by_list(cast: Cast, maker: str) -> None:
    imported(actor_of(cast.device_admin), cast.acme.id, csv_of([(SERIAL, maker, "", "PC-1")]))


def by_program(cast: Cast, maker: str) -> None:
    given = {"manufacturer": maker, "serial": SERIAL}
    store_devices(
        actor=actor_of(cast.device_admin),
        tenant=cast.acme.id,
        items=[DeviceItem(given)],
        now=utc_now(),
    )


DOORS = (by_hand, by_list, by_program)


def came_back(cast: Cast, add: Callable[[Cast, str], None], maker: str) -> int:
    """A device of HP that was covered, deleted, and is there again."""
    by_hand(cast, "HP")
    with tenant_scope([cast.acme.id]):
        device = Device.objects.get(serial=SERIAL)
    answer(cast.acme.id, device.id, UNTIL)
    actor = actor_of(cast.device_admin)
    delete_devices(actor=actor, tenant=cast.acme.id, uids=[device.uid], now=utc_now())
    add(cast, maker)
    with tenant_scope([cast.acme.id]):
        again = Device.objects.get(serial=SERIAL, is_active=True)
    assert (again.id, again.manufacturer) == (device.id, maker)
    return device.id


@pytest.mark.parametrize("add", DOORS)
def test_w17_as_another_machine_it_has_no_answer(
    cast: Cast, add: Callable[[Cast, str], None]
) -> None:
    assert known(cast.acme.id, came_back(cast, add, "HPE"))[::2] == (None, [])


@pytest.mark.parametrize("add", DOORS)
def test_as_the_same_it_has_what_was_known(cast: Cast, add: Callable[[Cast, str], None]) -> None:
    assert known(cast.acme.id, came_back(cast, add, "HP"))[::2] == (UNTIL, [UNTIL])
