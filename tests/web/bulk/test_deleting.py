"""Deleting and restoring from the selection bar (E10)."""

from __future__ import annotations

import re

import pytest

from fleetward.devices.bulk import contracts
from fleetward.devices.bulk.actions import working
from fleetward.devices.bulk.contracts import BulkRow
from fleetward.devices.models import BulkRun
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
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


def test_many_are_restored_after_another_look(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contracts, "FEW_DEVICES", 1)
    for device in shop.add(3):
        shop.change(device, is_active=False)
    place = shop.choose("restore", [], everything="1", query="state=inactive")["Location"]
    assert "Restore 3 devices" in shop.get(place)
    with tenant_scope([shop.tenant]):
        assert not BulkRun.objects.exists()
    pages = {shop.post(place, request_key="same")["Location"] for _ in range(2)}
    assert len(pages) == 1
    assert "Restore devices" in shop.get(pages.pop())


def buttons(shop: Shop, page: str) -> set[str]:
    shown = shop.client.get(page).content.decode()
    return set(re.findall(r'name="action" value="(\w+)"', shown))


def cancelled(shop: Shop, page: str) -> BulkRow:
    """One slice is worked off, and the rest skipped."""
    with tenant_scope([shop.tenant]):
        run = BulkRun.objects.latest("id")
    assert working.work_slice(tenant=shop.tenant, run=run.id, clock=utc_now)
    shop.post(f"{page}cancel/")
    return shop.finish(shop.row(run))


def test_the_page_of_a_cancelled_deletion_offers_what_fits_each_device(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contracts, "FEW_DEVICES", 1)
    monkeypatch.setattr(working, "SLICE", 1)
    gone, skipped = shop.add(2)
    place = shop.choose("delete")["Location"]
    page = shop.client.post(place, typed(shop, place))["Location"]
    run = cancelled(shop, page)
    assert (run.counts.done, run.counts.skipped) == (1, 1)
    assert {"restore", "edit", "delete", "refresh", "export"} <= buttons(shop, page)
    again = shop.choose("delete", [skipped])["Location"]
    shop.client.post(again, typed(shop, again))
    assert active(shop) == 0
    shop.choose("restore", [gone])
    assert shop.get_device(gone).is_active


def test_a_restoration_offers_both_as_well_and_an_edit_only_what_is_active(shop: Shop) -> None:
    devices = shop.add(1)
    shop.post(shop.choose("edit")["Location"], location="Paris")
    shop.change(devices[0], is_active=False)
    shop.choose("restore")
    with tenant_scope([shop.tenant]):
        edited, restored = BulkRun.objects.order_by("id")
    assert {"restore", "delete"} <= buttons(shop, shop.url(f"devices/changes/{restored.uid}/"))
    assert "restore" not in buttons(shop, shop.url(f"devices/changes/{edited.uid}/"))
