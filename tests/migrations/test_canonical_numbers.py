"""Product numbers that were stored as they were typed become canonical; identities stay unique."""

from __future__ import annotations

import importlib
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from fleetward.devices.models import Change, Device
from fleetward.infra.tx import tenant_scope
from fleetward.warranty.models import Coverage
from tests.cast import add_devices, make_tenant

devices = importlib.import_module("fleetward.devices.migrations.0008_before_canonical_numbers")
warranty = importlib.import_module("fleetward.warranty.migrations.0007_before_inactive_devices")

pytestmark = pytest.mark.django_db
Row = tuple[str, bool]


def migrated(*rows: Row, serials: tuple[str, ...] = ()) -> list[Row]:
    """Devices of one serial (product number, active) before and after; history is left behind."""
    tenant = make_tenant().id
    with tenant_scope([tenant]):
        ids = []
        for place, (number, is_active) in enumerate(rows):
            ids += add_devices(tenant, 1, "HP", product_number=number, is_active=is_active)
            serial = serials[place] if serials else "5CG1234567"
            Device.objects.filter(id=ids[-1]).update(serial=serial)
        devices.make_canonical(apps, SimpleNamespace(connection=connection))
        with connection.cursor() as cursor:
            cursor.execute(warranty.FORGET)
        after = {device.id: device for device in Device.objects.all()}
        covered = set(Coverage.objects.values_list("device_id", flat=True))
        assert covered == {number for number, device in after.items() if device.is_active}
        return [(after[number].product_number, after[number].is_active) for number in ids]


def test_a_typed_number_becomes_canonical() -> None:
    assert migrated(("9g0v3et", True), ('"ABC"', False), serials=("A1111", "B2222")) == [
        ("9G0V3ET", True),
        ("ABC", False),
    ]
    assert not Change.objects.exists()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # The imported device keeps the identity; the typed one is deleted, and findable.
        ([("9g0v3et", True), ("9G0V3ET", True)], [("9g0v3et", False), ("9G0V3ET", True)]),
        # A deleted one gives the identity up to an active one.
        ([("9g0v3et", True), ("9G0V3ET", False)], [("9G0V3ET", True), ("9g0v3et", False)]),
        ([("9g0v3et", False), ("9G0V3ET", False)], [("9g0v3et", False), ("9G0V3ET", False)]),
        # Several that were typed: the first active one.
        ([("ab", False), ("aB", True), ("Ab", True)], [("ab", False), ("AB", True), ("Ab", False)]),
        # Another product number of the same serial is another machine.
        ([("ab", True), ("CD", True)], [("AB", True), ("CD", True)]),
    ],
)
def test_of_two_spellings_of_one_machine_one_keeps_the_identity(
    before: list[Row], after: list[Row]
) -> None:
    assert migrated(*before) == after


def test_who_was_taken_out_of_the_list_has_it_in_the_history() -> None:
    tenant = make_tenant().id
    with tenant_scope([tenant]):
        ids = [*add_devices(tenant, 1, product_number="ab"), *add_devices(tenant, 1)]
        Device.objects.filter(id=ids[1]).update(serial=Device.objects.get(id=ids[0]).serial)
        Device.objects.filter(id=ids[1]).update(product_number="AB")
        for _again in range(2):
            devices.make_canonical(apps, SimpleNamespace(connection=connection))
        change = Change.objects.get()
    assert (change.kind, change.device_id, change.actor) == ("DELETED", ids[0], "Fleetward")
