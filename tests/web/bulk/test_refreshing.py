"""Refreshing selected devices from the selection bar (W7)."""

from __future__ import annotations

import pytest

from fleetward.devices.bulk import contracts
from tests.web.bulk.shop import Shop

pytestmark = pytest.mark.django_db


def test_a_few_devices_are_refreshed_at_once_on_a_page_of_the_run(shop: Shop) -> None:
    devices = shop.add(3)
    assert 'value="refresh"' in shop.client.get(shop.url("devices/")).content.decode()
    place = shop.choose("refresh", devices[:2], query="vendor=Dell")["Location"]
    assert "/warranty/runs/" in place
    page = shop.client.get(place).content.decode()
    assert "Refresh of " in page
    assert "Selected devices" in page
    assert shop.url("devices/?vendor=Dell") in page
    assert "Selected devices" in shop.get("warranty/runs/")


def test_many_devices_are_counted_once_more(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contracts, "FEW_DEVICES", 1)
    shop.add(3)
    place = shop.choose("refresh", [], everything="1")["Location"]
    assert "Refresh the warranty of 3 devices" in shop.get(place)
    run = shop.post(place)["Location"]
    assert shop.post(place)["Location"] == run
    page = shop.get(run)
    assert "all that the list showed then; none is added later" in page
    assert "The list with its filters" not in page


def test_nobody_without_the_right_sees_the_button_or_refreshes(shop: Shop) -> None:
    shop.add(1)
    shop.sign_in(shop.cast.reader)
    assert 'value="refresh"' not in shop.client.get(shop.url("devices/")).content.decode()
    assert shop.choose("refresh").status_code == 403
