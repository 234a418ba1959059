"""L3 on pages: plans of devices are seen, given, and moved to where seats are free."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from fleetward.devices.models import BulkRun, Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.models import LicenceKey, Tenant
from tests.db.tenancy.test_licences import add, key
from tests.web.bulk.shop import Shop
from tests.web.reading import text_of

LICENCES = "settings/licences/"


@pytest.fixture
def place(shop: Shop) -> Shop:
    """An IT Admin with three devices, two seats of Standard, and two of Premium."""
    shop.add(3)
    for plan in ("STANDARD", "PREMIUM"):
        add(shop.cast, key(shop.cast.acme, plan=plan, days=4000))
    shop.sign_in(shop.cast.admin)
    return shop


def plans(shop: Shop) -> list[str]:
    with tenant_scope([shop.tenant]):
        return list(Device.objects.order_by("id").values_list("plan", flat=True))


def test_the_page_of_licences_offers_the_surplus_and_all(place: Shop) -> None:
    page = place.get(LICENCES)
    assert "1 device has no seat." in page
    assert "Move 1 device without a seat to Premium Move all 3 devices of other" in page
    moved = place.post(f"{LICENCES}move/", plan="PREMIUM")
    assert moved["Location"] == place.url(LICENCES)
    page = place.get(LICENCES)
    assert "1 device edited" in page
    assert "In order" in page
    assert "without a seat to" not in page
    assert sorted(plans(place)) == ["", "", "PREMIUM"]
    place.post(f"{LICENCES}move/", plan="PREMIUM")
    assert "No device is selected." in place.get(LICENCES)
    place.post(f"{LICENCES}move/", plan="PREMIUM", all="1")
    assert plans(place) == ["PREMIUM"] * 3
    with tenant_scope([place.tenant]):
        latest = BulkRun.objects.latest("id").uid
    there = f"devices/changes/{latest}/"
    place.sign_in(place.cast.device_admin)
    assert f"{there}undo/" not in place.client.get(place.url(there)).content.decode()
    place.sign_in(place.cast.admin)
    assert f"{there}undo/" in place.client.get(place.url(there)).content.decode()
    place.post(f"{there}undo/")
    assert sorted(plans(place)) == ["", "", "PREMIUM"]


def test_l3_a_key_that_has_ended_is_not_removed_alone(place: Shop) -> None:
    with tenant_scope([place.tenant]):
        term = {"starts_on": date(2020, 1, 1), "ends_on": date(2020, 12, 31)}
        LicenceKey.objects.filter(tenant_id=place.tenant).update(**term)
        keys = list(LicenceKey.objects.filter(tenant_id=place.tenant).order_by("id"))
    place.post(f"{LICENCES}{keys[0].uid}/remove/")
    assert "no other one is live: it stays" in place.get(LICENCES)
    with tenant_scope([place.tenant]):
        LicenceKey.objects.filter(id=keys[0].id).update(ends_on=date(2099, 12, 31))
        made = LicenceKey.objects.create(
            tenant_id=place.tenant, uid=uuid4(), plan_id="STANDARD", seats=1, added_by="x",
            added_at=utc_now(), **term,
        )  # fmt: skip
    place.post(f"{LICENCES}{made.uid}/remove/")
    page = place.get(LICENCES)
    assert "The licence key was removed." in page
    assert "It can be added again" not in page
    place.post(f"{LICENCES}{keys[0].uid}/remove/")
    assert "It can be added again" in place.get(LICENCES)


def test_many_move_on_a_page_of_their_own(place: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fleetward.devices.bulk.contracts.FEW_DEVICES", 0)
    answer = place.post(f"{LICENCES}move/", plan="PREMIUM", all="1")
    assert "/devices/changes/" in answer["Location"]
    assert "Plan PREMIUM" in place.get(answer["Location"])


def test_a_plan_is_given_alone_and_in_bulk_by_who_manages_licences(place: Shop) -> None:
    uid: UUID = place.uids()[0]
    page = f"devices/{uid}/edit/"
    assert "The plan of the tenant Standard Premium This is" in place.get(page)
    with tenant_scope([place.tenant]):
        device = Device.objects.get(uid=uid)
    form = {"manufacturer": device.manufacturer, "serial": device.serial}
    place.post(page, **form, plan="PREMIUM")
    assert plans(place) == ["PREMIUM", "", ""]
    assert "Plan: – → PREMIUM" in place.get(f"devices/{uid}/")
    place.post(page, **form, plan="PREMIUM_PLUS")
    place.post(place.choose("edit")["Location"], plan="PREMIUM")
    assert plans(place) == ["PREMIUM"] * 3
    place.post(place.choose("edit")["Location"], clear_plan="on")
    assert plans(place) == [""] * 3
    place.sign_in(place.cast.device_admin)
    for path in (page, place.choose("edit")["Location"]):
        assert "Premium" not in place.get(path)
    place.post(page, **form, plan="PREMIUM")
    place.post(place.choose("edit")["Location"], plan="PREMIUM", location="Paris")
    assert plans(place) == [""] * 3


def test_the_list_shows_filters_and_writes_plans(place: Shop) -> None:
    place.change(place.devices[1], plan="PREMIUM")
    serial = place.get_serial(place.devices[1])
    there = "devices/?cols=name.serial.plan&view=all&where=plan:"
    assert f"{serial} PREMIUM" in place.get(f"{there}is:PREMIUM")
    assert serial not in place.get(f"{there}empty")
    file = place.client.get(place.url("devices/export.csv?cols=name.plan"))
    lines = b"".join(file.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].split(",")[1] == "Plan"
    assert [line.split(",")[1] for line in lines[1:]].count("PREMIUM") == 1


def test_while_suspended_nothing_comes_back_and_nothing_is_asked(place: Shop) -> None:
    one, deleted = place.uids()[:2]
    place.change(place.devices[1], is_active=False)
    ended = utc_now() - timedelta(days=1)
    Tenant.objects.filter(id=place.tenant).update(licensed_until=ended)
    for path in (f"devices/{deleted}/restore/", f"devices/{one}/refresh/"):
        answer = place.post(path)
        assert answer.status_code in (302, 409)
        page = answer if answer.status_code == 409 else place.client.get(answer["Location"])
        assert "All licence keys of this tenant have ended" in text_of(page)
    with tenant_scope([place.tenant]):
        assert Device.objects.filter(is_active=True).count() == 2
