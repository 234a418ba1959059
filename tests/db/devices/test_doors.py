"""Every door stores the same device for the same words: form and API, import, `fleetward check`.

And each knows what another took, also where HP and HPE are one company's machine (W16).
"""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from fleetward.cli.check_list import read_list
from fleetward.devices.actions import add_device, delete_devices
from fleetward.devices.contracts import DeviceInput, DuplicateDevice, Origin
from fleetward.devices.models import Change
from fleetward.infra.tx import tenant_scope
from fleetward.warranty.models import Coverage
from tests.cast import NOW, make_tenant
from tests.db.devices.fleet import cover
from tests.db.imports.lists import csv_of, imported, stored, words, worker

pytestmark = pytest.mark.django_db
HEADERS = ("Serial number", "Manufacturer", "Product number", "Model")
SPELLINGS = ["9g0v3et", " 9G0V3ET ", "'9g0v3et", '"9G0v3et"', '="9g0v3et"', "\ufeff9G0V3ET"]


SERVER = "ProLiant DL380 Gen10"


def entered(
    tenant: int,
    number: str = "",
    origin: Origin = Origin.MANUAL,
    maker: str = "HP",
    model: str = "",
) -> uuid.UUID:
    given = DeviceInput(maker, "5CG1234567", number, model=model)
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


def listed(tenant: int, maker: str, model: str = "") -> list[str]:
    data = csv_of([("5CG1234567", maker, "", model)], HEADERS)
    return words(worker(tenant), tenant, imported(worker(tenant), tenant, data))


def test_w16_a_server_that_a_list_calls_hp_without_its_model_is_not_doubled() -> None:
    tenant = make_tenant().id
    assert listed(tenant, "HP", SERVER) == ["NEW"]
    assert listed(tenant, "HP") == ["UNCHANGED"]
    assert list(stored(tenant)) == [("HPE", "5CG1234567", "")]


def test_w16_w17_the_model_makes_an_hp_device_hpe_and_drops_the_answer() -> None:
    tenant = make_tenant().id
    assert listed(tenant, "HP") == ["NEW"]
    device = stored(tenant)["HP", "5CG1234567", ""]
    cover(tenant, device.id, NOW.date())
    assert listed(tenant, "Hewlett-Packard", SERVER) == ["CHANGED"]
    assert stored(tenant)["HPE", "5CG1234567", ""].id == device.id
    with tenant_scope([tenant]):
        assert Change.objects.get().fields["manufacturer"] == {"before": "HP", "after": "HPE"}
        coverage = Coverage.objects.get()
    assert (coverage.manufacturer, coverage.ends_on) == ("HPE", None)


def test_w16_a_known_laptop_is_not_what_hpe_means() -> None:
    tenant = make_tenant().id
    listed(tenant, "HP", "EliteBook 840")
    assert listed(tenant, "HPE") == ["NEW"]
    assert listed(tenant, "HP") == ["UNCHANGED"]


@pytest.mark.parametrize(
    ("first", "second"), [(("HP", SERVER), ("HP", "")), (("HP", ""), ("HPE", ""))]
)
def test_w16_form_and_api_know_the_device_as_well(
    first: tuple[str, str], second: tuple[str, str]
) -> None:
    tenant = make_tenant().id
    uid = entered(tenant, maker=first[0], model=first[1])
    with pytest.raises(DuplicateDevice) as refused:
        entered(tenant, maker=second[0], model=second[1])
    known = stored(tenant)[refused.value.manufacturer, refused.value.serial, ""]
    assert known.uid == uid
    delete_devices(actor=worker(tenant), tenant=tenant, uids=[uid], now=NOW)
    assert entered(tenant, maker=second[0], model=second[1]) == uid
    assert list(stored(tenant)) == [("HPE", "5CG1234567", "")]
