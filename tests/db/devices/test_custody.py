"""Which tenant holds a machine that only one can hold (T10)."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from fleetward.devices.actions import add_device, change_device, delete_devices, restore_devices
from fleetward.devices.contracts import DeviceInput, Origin
from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor, system_actor
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.contracts import TenantRow
from tests.cast import Cast

pytestmark = pytest.mark.django_db
LATITUDE = DeviceInput("Dell", "ABC1234")


def listed(tenant: TenantRow) -> tuple[Actor, Device]:
    """A machine as somebody has listed it in a tenant, and who did."""
    actor = system_actor("Test", tenant.id)
    uid = add_device(
        actor=actor, tenant=tenant.id, device=LATITUDE, origin=Origin.CSV, now=utc_now()
    )
    with tenant_scope([tenant.id]):
        return actor, Device.objects.get(uid=uid)


def hold(tenant: TenantRow, device: Device) -> None:
    with tenant_scope([tenant.id]):
        now = utc_now()
        Device.objects.filter(id=device.id).update(has_custody=True, enrolled_at=now)


def held(tenant: TenantRow, device: Device) -> tuple[bool, bool]:
    with tenant_scope([tenant.id]):
        found = Device.objects.get(id=device.id)
    return found.has_custody, found.enrolled_at is not None


def test_t10_two_tenants_may_list_what_one_of_them_holds(cast: Cast) -> None:
    _, ours = listed(cast.acme)
    hold(cast.acme, ours)
    _, theirs = listed(cast.other)
    assert held(cast.acme, ours) == (True, True)
    assert held(cast.other, theirs) == (False, False)


def test_t10_one_tenant_holds_a_machine(cast: Cast) -> None:
    _, ours = listed(cast.acme)
    _, theirs = listed(cast.other)
    hold(cast.acme, ours)
    with pytest.raises(IntegrityError, match="devices_device_custody"), transaction.atomic():
        hold(cast.other, theirs)


def test_e10_what_is_deleted_is_held_no_longer_and_comes_back_as_listed(cast: Cast) -> None:
    actor, ours = listed(cast.acme)
    hold(cast.acme, ours)
    delete_devices(actor=actor, tenant=cast.acme.id, uids=[ours.uid], now=utc_now())
    assert held(cast.acme, ours) == (False, False)
    _, theirs = listed(cast.other)
    hold(cast.other, theirs)
    restore_devices(actor=actor, tenant=cast.acme.id, uids=[ours.uid], now=utc_now())
    assert held(cast.acme, ours) == (False, False)
    assert held(cast.other, theirs) == (True, True)


@pytest.mark.parametrize(
    ("changes", "still_held"),
    [({"name": "L-1"}, True), ({"serial": "ABC1235"}, False), ({"manufacturer": "HP"}, False)],
)
def test_t10_another_machine_is_not_held(
    cast: Cast, changes: dict[str, str], still_held: bool
) -> None:
    actor, ours = listed(cast.acme)
    hold(cast.acme, ours)
    change_device(actor=actor, tenant=cast.acme.id, uid=ours.uid, changes=changes, now=utc_now())
    assert held(cast.acme, ours) == (still_held, still_held)
