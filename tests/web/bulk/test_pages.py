"""The pages of bulk changes and of groups."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import pytest

from fleetward.devices.actions import delete_devices, make_group
from fleetward.devices.bulk import contracts
from fleetward.devices.bulk.contracts import BulkKind, BulkRow
from fleetward.devices.models import BulkRun, Group
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.warranty.queries import group_counts
from fleetward.web.pages import groups as groups_page
from tests.cast import NOW
from tests.db.devices.fleet import group_of
from tests.web.bulk.shop import Shop
from tests.web.reading import text_of

pytestmark = pytest.mark.django_db


def changed(shop: Shop) -> BulkRow:
    """A bulk change of three devices, one of which was changed since."""
    devices = shop.add(3)
    group = group_of(shop.tenant, "Paris", [])
    selection = shop.select()
    shop.change(devices[0], location="Lyon")
    return shop.run(BulkKind.GROUP_ADD, {"group": str(group)}, selection)


def test_a_bulk_change_shows_how_every_device_ended(shop: Shop) -> None:
    run = changed(shop)
    page = shop.get(f"devices/changes/{run.uid}/")
    assert "Add to group Paris" in page
    assert shop.cast.device_admin.email in page
    assert "Somebody changed it meanwhile" in page
    left = shop.get(f"devices/changes/{run.uid}/?outcome=CHANGED_SINCE")
    serials = [shop.get_serial(device) for device in shop.devices]
    assert [serial in left for serial in serials] == [True, False, False]
    assert all(serial in page for serial in serials)


def test_the_summary_has_a_line_for_each_device_and_stays_the_same(shop: Shop) -> None:
    run = changed(shop)
    where = shop.url(f"devices/changes/{run.uid}/summary.csv")

    def download() -> bytes:
        return shop.client.get(where).getvalue()

    first = download()
    rows = list(csv.DictReader(io.StringIO(first.decode("utf-8-sig"))))
    assert [row["Outcome code"] for row in rows] == ["CHANGED_SINCE", "DONE", "DONE"]
    shop.change(shop.devices[1], name="Renamed")
    assert download() == first


@pytest.mark.parametrize(
    ("language", "came", "went"),
    [
        ("en", "Added to the group Paris", "Removed from the group Paris"),
        ("fr", "Ajouté au groupe Paris", "Retiré du groupe Paris"),
    ],
)
def test_the_page_of_a_device_tells_when_it_came_into_a_group_and_out(
    shop: Shop, language: str, came: str, went: str
) -> None:
    shop.cast.device_admin.language = language
    shop.cast.device_admin.save()
    run = changed(shop)
    (uid,) = shop.uids(shop.devices[1:2])
    page = shop.get(f"devices/{uid}/")
    assert came in page
    assert went not in page
    assert (
        shop.url(f"devices/changes/{run.uid}/")
        in shop.client.get(shop.url(f"devices/{uid}/")).content.decode()
    )
    shop.undo(run)
    assert went in shop.get(f"devices/{uid}/")


def test_undo_from_the_page_leads_to_the_page_of_the_undo(shop: Shop) -> None:
    run = changed(shop)
    page = shop.post(f"devices/changes/{run.uid}/undo/", then="page")["Location"]
    shown = shop.get(page)
    assert "Undo: Remove from group Paris" in shown
    assert "2 devices removed from Paris" in shown
    assert "Undo: Remove" in shop.get("devices/changes/")


def test_bulk_changes_are_listed(shop: Shop) -> None:
    assert "No bulk change yet" in shop.get("devices/changes/")
    run = changed(shop)
    with tenant_scope([shop.tenant]):
        known = BulkRun.objects.get()
        for _ in range(50):
            known.pk, known.uid = None, None
            known.uid = BulkRun().uid
            known.save()
    first = shop.client.get(shop.url("devices/changes/")).content.decode()
    assert first.count("Add to group Paris") == 50
    after = re.search(r'href="\?after=([^"]+)"', first)
    assert after
    assert (
        str(run.uid)
        in shop.client.get(shop.url(f"devices/changes/?after={after[1]}")).content.decode()
    )


def test_many_devices_are_watched_on_their_own_page(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contracts, "FEW_DEVICES", 2)
    shop.add(3)
    page = shop.choose("group")["Location"]
    there = shop.post(page, name="Paris")["Location"]
    shown = shop.client.get(there)
    assert "0 of 3" in text_of(shown)
    assert 'hx-trigger="every 1500ms"' in shown.content.decode()
    live = shop.client.get(f"{there}progress/")
    assert (live.status_code, live.headers.get("HX-Refresh")) == (200, None)
    assert shop.post(f"{there}cancel/")["Location"] == there
    with tenant_scope([shop.tenant]):
        run = BulkRun.objects.get()
    shop.finish(shop.row(run))
    assert shop.client.get(f"{there}progress/")["HX-Refresh"] == "true"
    assert "Cancelled" in shop.get(there)


def test_undo_of_many_is_watched_as_well(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    run = changed(shop)
    monkeypatch.setattr(contracts, "FEW_DEVICES", 1)
    there = shop.post(f"devices/changes/{run.uid}/undo/")["Location"]
    assert "0 of 2" in shop.get(there)


def test_one_that_failed_says_why_and_what_to_do(shop: Shop) -> None:
    run = changed(shop)
    with tenant_scope([shop.tenant]):
        BulkRun.objects.update(
            state="FAILED",
            problem={
                "code": "group_gone",
                "text": "The group was deleted meanwhile.",
                "fix": "Choose another group.",
                "details": {},
            },
        )
    page = shop.get(f"devices/changes/{run.uid}/")
    assert "The group was deleted meanwhile. Choose another group." in page


def test_groups_are_made_changed_and_deleted(shop: Shop) -> None:
    assert "No groups yet" in shop.get("groups/")
    assert shop.post("groups/new/", name="Paris", description="Office").status_code == 302
    assert "The group “Paris” is created." in shop.get("groups/")
    with tenant_scope([shop.tenant]):
        uid = Group.objects.get().uid
    assert shop.post("groups/new/", name="paris").status_code == 422
    assert shop.post(f"groups/{uid}/edit/", name="Paris").status_code == 302
    assert shop.post(f"groups/{uid}/edit/", name="").status_code == 422
    make_group(actor=shop.actor, tenant=shop.tenant, name="Lyon", now=NOW)
    assert shop.post(f"groups/{uid}/edit/", name="LYON").status_code == 422
    assert "Delete the group “Paris”?" in shop.get(f"groups/{uid}/edit/")
    assert shop.post(f"groups/{uid}/delete/").status_code == 302
    assert "The group “Paris” is deleted." in shop.get("groups/")


def test_groups_come_in_pages(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups_page, "PAGE_SIZE", 2)
    monkeypatch.setattr(group_counts, "COUNT_CAP", 1)
    for name in "cab":
        group_of(shop.tenant, f"Group {name}", shop.add(2))
    first = shop.client.get(shop.url("groups/")).content.decode()
    assert "more than 1" in first
    assert [name in first for name in ("Group a", "Group b", "Group c")] == [True, True, False]
    after = re.search(r'href="\?after=([^"]+)"', first)
    assert after
    assert "Group c" in shop.get(f"groups/?after={after[1]}")


def test_l7_bulk_changes_and_groups_speak_french(shop: Shop) -> None:
    run = changed(shop)
    shop.cast.device_admin.language = "fr"
    shop.cast.device_admin.save()
    assert "Ajouter au groupe Paris" in shop.get(f"devices/changes/{run.uid}/")
    assert "Nouveau groupe" in shop.get("groups/")


def test_l7_what_a_program_did_is_told_by_its_name_in_french(shop: Shop) -> None:
    shop.cast.device_admin.language = "fr"
    shop.cast.device_admin.save()
    program = replace(
        system_actor("Command line", shop.tenant),
        user_id=shop.cast.device_admin.id,
        request_id="one",
        on_behalf_of="ada@acme.example",
    )
    run = changed(shop)
    with tenant_scope([shop.tenant]):
        BulkRun.objects.update(started_by=program.name)
    uid = shop.uids()[0]
    delete_devices(actor=program, tenant=shop.tenant, uids=[uid], now=NOW)
    for page in (f"changes/{run.uid}/", "changes/", "deleted/one/", f"{uid}/"):
        assert "Ligne de commande" in shop.get(f"devices/{page}"), page


def test_who_may_only_read_finds_no_buttons(shop: Shop) -> None:
    run = changed(shop)
    shop.sign_in(shop.cast.reader)
    assert "Undo" not in shop.get(f"devices/changes/{run.uid}/")
    assert "New group" not in shop.get("groups/")
    assert shop.choose("group").status_code == 403
