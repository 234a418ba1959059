"""Every list of devices has boxes, and a bar that leads to the same bulk changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from fleetward.devices.actions import delete_devices
from fleetward.devices.models import SelectionItem
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions.reminding import send_reminders
from fleetward.warranty.models import Coverage, Entitlement
from tests.cast import NOW
from tests.web.bulk.shop import Shop
from tests.web.imports.test_undo import Pages, row_of
from tests.web.reading import text_of

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
FILES = ["export", "excel", "labels"]
ALL = ["refresh", "edit", "group", *FILES, "delete"]


@pytest.fixture
def shop(db: None) -> Pages:
    return Pages()


def today() -> date:
    return utc_now().date()


def end(shop: Shop, days: int) -> None:
    with tenant_scope([shop.tenant]):
        Coverage.objects.filter(device_id__in=shop.devices).update(
            ends_on=today() + days * DAY, reason=""
        )


def tell(shop: Shop) -> None:
    send_reminders(actor=system_actor("Tests", shop.tenant), tenant=shop.tenant, now=utc_now())


def in_gaps(shop: Pages) -> str:
    shop.add(2)
    with tenant_scope([shop.tenant]):
        for device in shop.devices:
            for number, first in enumerate((today() - 9 * DAY, today() + 9 * DAY)):
                Entitlement.objects.create(
                    tenant_id=shop.tenant,
                    device_id=device,
                    source="dell",
                    line_key=str(number),
                    code="ND",
                    kind="BASE",
                    starts_on=first,
                    ends_on=first + 5 * DAY,
                    recorded_at=NOW,
                )
    return "warranty/gaps/"


def in_reminders(shop: Pages) -> str:
    shop.add(2)
    end(shop, 80)
    tell(shop)
    return "warranty/reminders/"


def in_late_reminders(shop: Pages) -> str:
    tell(shop)
    shop.add(2)
    end(shop, 20)
    return f"warranty/reminders/calendar/?month={today() + DAY:%Y-%m}"


def on_dashboard(shop: Pages) -> str:
    shop.add(2)
    return ""


def in_deletion(shop: Pages) -> str:
    shop.add(2)
    actor = replace(shop.actor, request_id="the-deletion")
    done = delete_devices(actor=actor, tenant=shop.tenant, uids=shop.uids(), now=utc_now())
    return f"devices/deleted/{done.reference}/"


def left_by_undo(shop: Pages) -> str:
    found = shop.load(row_of("NEW0001"), row_of("NEW0002"))
    for serial in ("NEW0001", "NEW0002"):
        shop.edit(serial, location="Nice")
        shop.devices.append(shop.id_of(serial))
    return shop.href(found, "undo/")


LISTS: dict[Callable[[Pages], str], list[str]] = {
    in_gaps: ALL,
    in_reminders: ALL,
    in_late_reminders: ALL,
    on_dashboard: ALL,
    in_deletion: ["export", "excel", "restore"],
    left_by_undo: ALL,
}


def page_of(shop: Pages, path: str) -> str:
    answer = shop.client.get(path if path.startswith("/") else shop.url(path))
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.parametrize(
    ("place", "actions"), list(LISTS.items()), ids=[one.__name__ for one in LISTS]
)
def test_boxes_and_the_bar_select_the_devices_of_the_list(
    shop: Pages, place: Callable[[Pages], str], actions: list[str]
) -> None:
    page = page_of(shop, place(shop))
    assert re.findall(r'name="action" value="(\w+)"', page) == actions
    boxes = re.findall(r'name="picked" value="([^"]*)"', page)
    assert set(boxes) == {str(uid) for uid in shop.uids()}
    assert len(re.findall('aria-label="Select (?:PC-|NEW)0', page)) == len(boxes)
    done = shop.post("devices/selections/", action=actions[-1], picked=boxes)
    assert done.status_code == 302
    with tenant_scope([shop.tenant]):
        chosen = set(SelectionItem.objects.values_list("device_id", flat=True))
    assert chosen == set(shop.devices)


@pytest.mark.parametrize(
    "place", [in_gaps, in_reminders, in_late_reminders, on_dashboard], ids=lambda one: one.__name__
)
def test_a_reader_is_offered_files_alone(shop: Pages, place: Callable[[Pages], str]) -> None:
    path = place(shop)
    shop.sign_in(shop.cast.reader)
    page = page_of(shop, path)
    assert re.findall(r'name="action" value="(\w+)"', page) == FILES


def test_what_is_ticked_in_another_list_becomes_a_group_there(shop: Pages) -> None:
    page = page_of(shop, in_gaps(shop))
    boxes = re.findall(r'name="picked" value="([^"]*)"', page)
    step = shop.post("devices/selections/", action="group", picked=boxes[:1])["Location"]
    assert "1 device selected" in shop.get(step)
    done = shop.post(step, name="Gaps of Paris", request_key="a")
    assert "1 device added to Gaps of Paris" in text_of(shop.client.get(done["Location"]))
