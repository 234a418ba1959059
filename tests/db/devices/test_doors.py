"""Every door stores the same device for the same words: form and API, import, `fleetward check`."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from fleetward.cli.check_list import read_list
from fleetward.devices.actions import add_device
from fleetward.devices.contracts import DeviceInput, DuplicateDevice, Origin
from tests.cast import NOW, make_tenant
from tests.db.imports.lists import csv_of, imported, stored, words, worker

pytestmark = pytest.mark.django_db
HEADERS = ("Serial number", "Manufacturer", "Product number")
SPELLINGS = ["9g0v3et", " 9G0V3ET ", "'9g0v3et", '"9G0v3et"', '="9g0v3et"', "\ufeff9G0V3ET"]


def entered(tenant: int, number: str, origin: Origin = Origin.MANUAL) -> uuid.UUID:
    given = DeviceInput("HP", "5CG1234567", number)
    return add_device(actor=worker(tenant), tenant=tenant, device=given, origin=origin, now=NOW)


@pytest.mark.parametrize("number", SPELLINGS)
def test_t10_all_doors_agree_on_the_product_number(tmp_path: Path, number: str) -> None:
    data = csv_of([("5CG1234567", "HP", number)], HEADERS)
    (tmp_path / "list.csv").write_bytes(data)
    (line,) = read_list(tmp_path / "list.csv").lines
    by_form, by_import = make_tenant().id, make_tenant().id
    entered(by_form, number)
    imported(worker(by_import), by_import, data)
    assert line.candidate.product_number == "9G0V3ET"
    assert list(stored(by_form)) == list(stored(by_import)) == [("HP", "5CG1234567", "9G0V3ET")]


@pytest.mark.parametrize("origin", [Origin.MANUAL, Origin.API])
def test_t10_what_one_door_took_another_knows(origin: Origin) -> None:
    tenant = make_tenant().id
    entered(tenant, "9g0v3et", origin)
    found = imported(worker(tenant), tenant, csv_of([("5CG1234567", "HP", "9G0V3ET")], HEADERS))
    assert words(worker(tenant), tenant, found) == ["UNCHANGED"]
    with pytest.raises(DuplicateDevice) as refused:
        entered(tenant, "9G0v3eT", origin)
    assert refused.value.product_number == "9G0V3ET"
