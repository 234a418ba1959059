"""Refreshing selected devices from the selection bar (W7)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fleetward.devices.actions import save_view
from fleetward.devices.bulk import contracts
from fleetward.devices.bulk.contracts import BulkKind
from fleetward.devices.contracts import ViewInput
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions.running import plan_run
from fleetward.warranty.models import Coverage, Run
from tests.bulk import outcomes_of
from tests.web.bulk.shop import Shop

pytestmark = pytest.mark.django_db


def visited(shop: Shop) -> set[int]:
    """By the one run there is."""
    with tenant_scope([shop.tenant]):
        run = Run.objects.get().id
    plan_run(run_id=run, tenant=shop.tenant, now=utc_now())
    return set(outcomes_of(shop.tenant, run))


def ending(shop: Shop, days: int, count: int) -> list[int]:
    """Devices whose coverage ends in so many days."""
    devices, end = shop.add(count), utc_now().date() + timedelta(days)
    with tenant_scope([shop.tenant]):
        Coverage.objects.filter(device_id__in=devices).update(ends_on=end, reason="")
    return devices


@pytest.mark.parametrize(("status", "place"), [("OUT", 0), ("EXPIRING", 1)])
def test_w7_expired_only_or_expiring_only(shop: Shop, status: str, place: int) -> None:
    by_end = [ending(shop, days, count) for days, count in ((-40, 2), (20, 3), (900, 4))]
    shop.add(1)
    shop.choose("refresh", [], everything="1", query=f"status={status}")
    assert visited(shop) == set(by_end[place])


def test_w7_what_a_view_shows(shop: Shop) -> None:
    meant = shop.add(2, location="Paris")
    shop.add(3, location="Lyon")
    kept = ViewInput("Paris", query="where=location:is:Paris")
    view = save_view(actor=shop.actor, tenant=shop.tenant, view=kept, now=utc_now())
    shown = shop.client.get(shop.url(f"devices/views/{view}/"))["Location"]
    shop.choose("refresh", [], everything="1", query=shown.partition("?")[2])
    assert visited(shop) == set(meant)


def test_w7_the_devices_that_are_ticked(shop: Shop) -> None:
    devices = shop.add(4)
    shop.choose("refresh", devices[1:3])
    assert visited(shop) == set(devices[1:3])


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


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            "2 devices were changed after they were selected. 1 device is no longer there.",
        ),
        (
            "fr",
            "2 appareils ont été modifiés depuis leur sélection. 1 appareil n’est plus présent.",
        ),
    ],
)
def test_what_has_become_of_selected_devices_stands_on_the_page(
    shop: Shop, language: str, told: str
) -> None:
    shop.cast.device_admin.language = language
    shop.cast.device_admin.save()
    one, two, three, _ = shop.add(4)
    place = shop.choose("refresh")["Location"]
    assert told not in shop.get(place)
    for device in (one, two):
        shop.change(device, location="Lyon")
    shop.run(BulkKind.DELETE, selection=shop.select([three]))
    visited(shop)
    assert told in shop.get(place)
    assert told in shop.get("notifications/")


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
