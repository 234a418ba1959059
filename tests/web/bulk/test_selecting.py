"""Selecting devices on the list and what the buttons of the bar do with them."""

from __future__ import annotations

import csv
import io
import re

import pytest

from fleetward.devices.bulk import contracts
from fleetward.devices.models import BulkRun, Group, GroupMember, Selection
from fleetward.infra.tx import tenant_scope
from tests.db.devices.fleet import group_of
from tests.web.bulk.shop import Shop
from tests.web.reading import text_of

pytestmark = pytest.mark.django_db


def members(shop: Shop) -> set[int]:
    with tenant_scope([shop.tenant]):
        return set(GroupMember.objects.values_list("device_id", flat=True))


def test_selected_devices_go_into_a_new_group_and_come_out_by_undo(shop: Shop) -> None:
    one, two, _three = shop.add(3)
    page = shop.choose("group", [one, two], query="q=T0")["Location"]
    assert "2 devices selected" in shop.get(page)
    done = shop.post(page, name="Paris office", request_key="a")
    assert done["Location"] == shop.url("devices/?q=T0")
    shown = shop.get(done["Location"])
    assert "2 devices added to Paris office" in shown
    assert members(shop) == {one, two}
    # Told once.
    assert "Paris office Undo" not in shop.get("devices/")
    with tenant_scope([shop.tenant]):
        run = BulkRun.objects.get()
    back = shop.post(f"devices/changes/{run.uid}/undo/")
    assert "2 devices removed from Paris office" in shop.get(back["Location"])
    assert members(shop) == set()


def test_a_second_click_is_the_same_bulk_change(shop: Shop) -> None:
    shop.add(2)
    group = group_of(shop.tenant, "Paris", [])
    page = shop.choose("group")["Location"]
    for _ in range(2):
        shop.post(page, group=str(group), request_key="same")
    with tenant_scope([shop.tenant]):
        assert BulkRun.objects.count() == 1


def test_all_that_match_are_selected_and_not_only_the_page(shop: Shop) -> None:
    shop.add(60, model="Latitude")
    shop.add(3, "HP")
    shown = shop.get("devices/?model=Latitude")
    assert "Select all 60" in shown
    page = shop.choose("group", [], everything="1", query="model=Latitude")["Location"]
    told = shop.get(page)
    assert "60 devices selected" in told
    assert "all that the list showed then" in told
    assert "and 55 more" in told


def test_a_button_without_a_selection_says_so(shop: Shop) -> None:
    shop.add(1)
    answer = shop.choose("group", [], query="vendor=Dell")
    assert answer["Location"] == shop.url("devices/?vendor=Dell")
    assert "No device is selected." in shop.get(answer["Location"])
    with tenant_scope([shop.tenant]):
        assert Selection.objects.count() == 0


@pytest.mark.parametrize("action", ["", "nonsense", "DELETE"])
def test_an_action_that_is_none_is_not_found(shop: Shop, action: str) -> None:
    shop.add(1)
    assert shop.choose(action).status_code == 404


def test_what_is_no_device_is_not_found(shop: Shop) -> None:
    answer = shop.post("devices/selections/", action="group", picked="one")
    assert answer.status_code == 404


def location_of(shop: Shop, device: int) -> str:
    return shop.get_device(device).location


def test_selected_devices_are_edited_and_undone(shop: Shop) -> None:
    one, two = shop.add(2, location="Lyon")
    page = shop.choose("edit", query="vendor=Dell")["Location"]
    assert "What you leave empty stays as it is" in shop.get(page)
    done = shop.post(page, location="Paris", clear_assigned_user="on", is_virtual="no")
    assert done["Location"] == shop.url("devices/?vendor=Dell")
    assert "2 devices edited" in shop.get(done["Location"])
    assert location_of(shop, one) == "Paris"
    with tenant_scope([shop.tenant]):
        run = BulkRun.objects.get()
    assert run.params == {"location": "Paris", "assigned_user": "", "is_virtual": False}
    there = shop.get(f"devices/changes/{run.uid}/")
    assert re.search(r"Assigned user\s+cleared\s+Location\s+Paris\s+Virtual machine\s+no", there)
    back = shop.post(f"devices/changes/{run.uid}/undo/")
    assert "2 devices edited" in shop.get(back["Location"])
    assert location_of(shop, two) == "Lyon"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({}, "No field is to be changed."),
        ({"country": "Atlantis"}, "This country is not known."),
        ({"location": "x" * 121}, "A value is too long. Shorten it."),
        ({"location": "Paris", "clear_location": "on"}, "Give a value or clear the field"),
        ({"purchased_on": "tomorrow"}, "Enter a valid date."),
    ],
)
def test_an_edit_that_cannot_be_is_refused_at_its_field(
    shop: Shop, data: dict[str, str], problem: str
) -> None:
    shop.add(1)
    page = shop.choose("edit")["Location"]
    answer = shop.post(page, **data)
    assert answer.status_code == 422
    assert problem in text_of(answer)
    with tenant_scope([shop.tenant]):
        assert BulkRun.objects.count() == 0


def test_many_are_edited_after_another_look(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contracts, "FEW_DEVICES", 2)
    shop.add(3)
    page = shop.choose("edit")["Location"]
    sent = {"country": "France", "purchased_on": "2026-03-01", "clear_location": "on"}
    review = shop.post(page, **sent)
    told = text_of(review)
    assert "Edit 3 devices" in told
    assert "Answers of vendors stay" in told
    assert re.search(r"Location\s+cleared\s+Country\s+FR\s+Purchased on\s+1 Mar 2026", told)
    hidden = dict(
        re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', review.content.decode())
    )
    assert {name: hidden[name] for name in sent} == sent | {"clear_location": "True"}
    there = shop.post(page, **hidden, confirmed="1")["Location"]
    assert "/devices/changes/" in there
    with tenant_scope([shop.tenant]):
        run = BulkRun.objects.get()
    assert run.params == {"location": "", "country": "FR", "purchased_on": "2026-03-01"}


def test_a_device_shows_who_edited_it_and_under_which_request(shop: Shop) -> None:
    shop.add(1)
    shop.post(shop.choose("edit")["Location"], location="Paris")
    (uid,) = shop.uids()
    page = shop.client.get(shop.url(f"devices/{uid}/")).content.decode()
    with tenant_scope([shop.tenant]):
        run = BulkRun.objects.get()
    assert f'href="{shop.url(f"devices/changes/{run.uid}/")}"' in page
    assert run.request_id in page
    assert shop.cast.device_admin.email in page


def test_neither_or_both_of_a_group_and_a_name_are_refused(shop: Shop) -> None:
    shop.add(1)
    group = group_of(shop.tenant, "Paris", [])
    page = shop.choose("group")["Location"]
    for data in ({}, {"group": str(group), "name": "Lyon"}):
        answer = shop.post(page, **data)
        assert answer.status_code == 422
        assert "Choose a group, or name a new one." in text_of(answer)
    answer = shop.post(page, name="PARIS")
    assert (answer.status_code, members(shop)) == (422, set())
    assert "There is a group named PARIS already." in text_of(answer)


def test_the_list_of_a_group_takes_devices_out_of_it(shop: Shop) -> None:
    one, two = shop.add(2)
    group = group_of(shop.tenant, "Paris", [one, two])
    bars = [
        re.findall(r'name="action" value="(\w+)"', shop.client.get(url).content.decode())
        for url in (shop.url("devices/"), shop.url(f"devices/?group={group}"))
    ]
    assert ("ungroup" in bars[0], "ungroup" in bars[1]) == (False, True)
    query = f"group={group}"
    done = shop.choose("ungroup", [one], group=str(group), query=query)
    assert "1 device removed from Paris" in shop.get(done["Location"])
    assert members(shop) == {two}


def test_v1_a_group_of_another_tenant_takes_no_devices(shop: Shop) -> None:
    shop.add(1)
    theirs = group_of(shop.cast.other.id, "Theirs", [])
    page = shop.choose("group")["Location"]
    assert shop.post(page, group=str(theirs)).status_code == 422
    assert shop.choose("ungroup", group=str(theirs)).status_code == 404


def test_a_selection_is_exported_in_the_order_of_the_list(shop: Shop) -> None:
    devices = shop.add(4)
    chosen = devices[1:3]
    answer = shop.choose("export", chosen, query="sort=serial&dir=desc&columns=name.serial")
    text = shop.client.get(answer["Location"]).getvalue().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    wanted = sorted((shop.get_serial(device) for device in chosen), reverse=True)
    assert [row["Serial number"] for row in rows] == wanted


def test_the_list_of_a_selection_says_what_it_is(shop: Shop) -> None:
    devices = shop.add(3)
    row = shop.select(devices[:2])
    shown = shop.get(f"devices/?selection={row.uid}")
    assert re.search(r"Selection:\s+selected devices\s+2", shown)
    assert "2 devices" in shown


def test_somebody_elses_selection_is_gone(shop: Shop) -> None:
    shop.add(1)
    page = shop.choose("group")["Location"]
    shop.sign_in(shop.cast.admin)
    answer = shop.client.get(page)
    assert answer.status_code == 404
    assert "This selection is not kept any more." in text_of(answer)


def test_devices_that_changed_since_are_told(shop: Shop) -> None:
    one, two = shop.add(2)
    group = group_of(shop.tenant, "Paris", [])
    page = shop.choose("group")["Location"]
    shop.change(two, location="Lyon")
    done = shop.post(page, group=str(group))
    assert "1 device added to Paris, 1 changed since" in shop.get(done["Location"])
    assert members(shop) == {one}


def test_groups_are_counted_by_their_active_devices(shop: Shop) -> None:
    devices = shop.add(3)
    group_of(shop.tenant, "Paris", devices)
    with tenant_scope([shop.tenant]):
        Group.objects.update(description="Second floor")
    shop.change(devices[0], is_active=False)
    assert re.search(r"Paris\s+Static\s+2\s+–\s+Second floor", shop.get("groups/"))
