"""Deleting and restoring from the selection bar (E10)."""

from __future__ import annotations

import re

import pytest

from fleetward.devices.bulk import contracts
from tests.web.bulk.shop import Shop

pytestmark = pytest.mark.django_db


def typed(shop: Shop, place: str, code: str = "") -> dict[str, str]:
    """The form of the page, with the code that it shows."""
    page = shop.client.get(place).content.decode()
    shown = re.search(r'data-code="([^"]+)"', page)
    assert shown
    hidden = dict(re.findall(r'type="hidden" name="(token|request_key)" value="([^"]+)"', page))
    return hidden | {"security_code": code or shown[1].lower()}


def active(shop: Shop) -> int:
    return sum(shop.get_device(device).is_active for device in shop.devices)


def test_selected_devices_go_after_the_code_and_come_back(shop: Shop) -> None:
    devices = shop.add(3)
    place = shop.choose("delete", devices[:2], query="sort=name")["Location"]
    assert "Delete 2 devices" in shop.get(place)
    refused = shop.client.post(place, typed(shop, place, "NO"))
    assert refused.status_code == 422
    assert active(shop) == 3
    home = shop.client.post(place, typed(shop, place))["Location"]
    assert home == shop.url("devices/?sort=name")
    assert active(shop) == 1
    shown = shop.client.get(home).content.decode()
    assert "2 devices deleted" in shown
    undo = re.search(r'action="([^"]+/undo/)"', shown)
    assert undo
    shop.post(undo[1])
    assert active(shop) == 3


def test_inactive_devices_are_restored_from_their_list(shop: Shop) -> None:
    devices = shop.add(2)
    for device in devices:
        shop.change(device, is_active=False)
    answer = shop.choose("restore", query="state=inactive")
    assert answer["Location"] == shop.url("devices/?state=inactive")
    assert "2 devices restored" in shop.get(answer["Location"])
    assert active(shop) == 2


def test_many_are_a_bulk_change_with_a_page(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contracts, "FEW_DEVICES", 1)
    shop.add(3)
    place = shop.choose("delete", [], everything="1")["Location"]
    form = typed(shop, place)
    page = shop.client.post(place, form)["Location"]
    assert "/devices/changes/" in page
    assert shop.client.post(place, form)["Location"] == page
    assert "Delete devices" in shop.get(page)
