"""Pages of dynamic groups (E13): made of the list's filter, changed in the list, counted as it."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from fleetward.devices.actions import delete_devices
from fleetward.devices.models import Group
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.web.pages import groups as groups_page
from tests.cast import NOW
from tests.db.devices.fleet import cover, dynamic_group_of, group_of
from tests.db.warranty.scheduling import add
from tests.web.bulk.shop import Shop
from tests.web.reading import hidden, text_of

pytestmark = pytest.mark.django_db
PARIS = "where=location%3Ais%3AParis"


def only_group(shop: Shop) -> Group:
    with tenant_scope([shop.tenant]):
        return Group.objects.get()


def bars(shop: Shop, query: str) -> str:
    return shop.client.get(shop.url(f"devices/?{query}")).content.decode()


def linked(page: str, label: str) -> str:
    """The address behind a button with these words."""
    found = re.search(rf'href="([^"]+)">(?:<svg.*?</svg>)?{label}', page)
    assert found, label
    return found[1].replace("&amp;", "&")


def test_e13_a_list_is_saved_as_a_dynamic_group_and_opens_again(shop: Shop) -> None:
    shop.add(2, location="Paris")
    shop.add(1, location="Lyon")
    form = linked(bars(shop, f"{PARIS}&sort=name&view=all"), "Save as dynamic group")
    assert re.search(r"Dynamic\s+Filter\s+Location: Paris\s+Devices\s+2 devices", shop.get(form))
    made = shop.post(form, name="Paris office", description="All there")
    group = only_group(shop)
    assert (group.kind, group.query) == ("DYNAMIC", PARIS)
    shown = shop.get(made["Location"])
    assert "The group “Paris office” is created." in shown
    assert "2 devices" in shown
    assert re.search(r"Group:\s+Paris office\s+2\b", shown)
    listed = shop.get("groups/")
    assert re.search(r"Paris office\s+Dynamic\s+2\s+Location: Paris\s+All there", listed)


def test_e13_a_tile_of_the_dashboard_narrowed_in_the_list_becomes_a_group(shop: Shop) -> None:
    """As the form of the list sends it without script: the days of the tile, and a choice."""
    near, far = shop.add(2)
    for device, days in ((near, 20), (far, 50)):
        cover(shop.tenant, device, utc_now().date() + timedelta(days=days))
    page = shop.client.get(shop.url("")).content.decode()
    tile = re.search(r'fw-tile-main" href="[^"]*\?([^"]*ends_from=[^"]*ends_to=[^"]*)"', page)
    assert tile
    chosen = f"{tile[1].replace('&amp;', '&')}&ends=60"
    shown = shop.get(f"devices/?{chosen}")
    assert re.search(r"Ends:\s+Within 60 days\s+2\b", shown)
    form = linked(bars(shop, chosen), "Save as dynamic group")
    assert re.search(r"Filter\s+Ends: Within 60 days\s+Devices\s+2 devices", shop.get(form))
    assert shop.post(form, name="Soon").status_code == 302
    assert only_group(shop).query == "ends=60"


def test_what_is_no_filter_is_not_offered_as_a_group(shop: Shop) -> None:
    shop.add(1)
    selection = shop.select()
    dynamic = dynamic_group_of(shop.tenant, "Paris", PARIS)
    for query in (
        "sort=name",
        "state=inactive",
        "state=deleted",
        "state=archived",
        f"selection={selection.uid}",
        f"group={dynamic}",
    ):
        assert "Save as dynamic group" not in bars(shop, query)
    shop.sign_in(shop.cast.reader)
    assert "Save as dynamic group" not in bars(shop, PARIS)


def test_one_that_asks_for_another_dynamic_group_is_refused_in_words(shop: Shop) -> None:
    group = dynamic_group_of(shop.tenant, "Paris", PARIS)
    answer = shop.post(f"groups/new/?group={group}", name="Second")
    assert answer.status_code == 422
    assert "cannot ask for another dynamic group" in text_of(answer)
    assert shop.post(f"groups/new/?{PARIS}", name="paris").status_code == 422


def test_its_filter_is_changed_in_the_list(shop: Shop) -> None:
    shop.add(2, location="Paris")
    shop.add(1, location="Lyon")
    group = dynamic_group_of(shop.tenant, "Office", PARIS)
    page = shop.client.get(shop.url(f"groups/{group}/edit/")).content.decode()
    where = linked(page, "Change the filter in the list")
    assert "Keep as filter of “Office”" in bars(shop, urlsplit(where).query)
    query = f"for_group={group}&vendor=Dell&{PARIS.replace('Paris', 'Lyon')}&sort=name"
    kept = shop.post(f"groups/{group}/filter/", query=query)
    assert only_group(shop).query == f"vendor=Dell&{PARIS.replace('Paris', 'Lyon')}"
    shown = shop.get(kept["Location"])
    assert "The filter of “Office” is saved." in shown
    assert "1 device" in shown
    again = shop.post(f"groups/{group}/filter/", query=query)
    assert "Nothing has changed." in shop.get(again["Location"])


def test_a_filter_that_cannot_be_kept_leads_back_to_the_list(shop: Shop) -> None:
    shop.add(1)
    group = dynamic_group_of(shop.tenant, "Office", PARIS)
    static = group_of(shop.tenant, "Static", [])
    for uid, query, problem in (
        (group, f"group={group}", "cannot ask for another dynamic group"),
        (group, "sort=name", "needs a filter"),
        (static, PARIS, "static group has no filter"),
    ):
        back = shop.post(f"groups/{uid}/filter/", query=query)["Location"]
        assert parse_qs(urlsplit(back).query)["for_group"] == [str(uid)]
        assert problem in shop.get(back)


def test_the_way_from_the_groups_says_what_to_do(shop: Shop) -> None:
    shop.add(1)
    page = shop.client.get(shop.url("groups/")).content.decode()
    where = linked(page, "New dynamic group")
    assert "Filter the list until it shows the devices of the group" in shop.get(where)
    assert "Which devices?" not in shop.get(f"{where}&{PARIS}")
    form = linked(bars(shop, f"for_group=new&{PARIS}"), "Save as dynamic group")
    assert shop.post(form, name="Paris").status_code == 302
    assert only_group(shop).query == PARIS
    group = only_group(shop).uid
    assert "Which devices?" in shop.get(f"devices/?for_group={group}")


def test_nobody_is_put_in_or_taken_out_by_hand(shop: Shop) -> None:
    """Not offered, and refused for who asks all the same."""
    shop.add(1, location="Paris")
    group = dynamic_group_of(shop.tenant, "Office", PARIS)
    assert 'value="ungroup"' not in bars(shop, f"group={group}")
    page = shop.choose("group")["Location"]
    assert "Office" not in shop.get(page)
    assert shop.post(page, group=str(group)).status_code == 422
    answer = shop.choose("ungroup", group=str(group), query=f"group={group}")
    assert answer.status_code in {302, 409}


def test_e11_inactive_devices_are_not_filtered_by_dynamic_groups(shop: Shop) -> None:
    dynamic_group_of(shop.tenant, "Office", PARIS)
    group_of(shop.tenant, "Loaners", [])
    page = shop.get("devices/?state=inactive&q=x")
    assert ("Office" in page, "Loaners" in page) == (False, True)


def test_both_kinds_are_counted_as_their_lists_are(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices = shop.add(3, location="Paris")
    shop.add(2, manufacturer="HP")
    for name, query in (("D1", PARIS), ("D2", "vendor=HP"), ("D3", "status=OUT"), ("D4", "q=T0")):
        dynamic_group_of(shop.tenant, name, query)
    group_of(shop.tenant, "S1", devices[:1])
    told = dict(re.findall(r"\b([DS]\d)\s+(?:Dynamic|Static)\s+(\d+)", shop.get("groups/")))
    assert told == {"D1": "3", "D2": "2", "D3": "0", "D4": "5", "S1": "1"}
    with tenant_scope([shop.tenant]):
        uids = dict(Group.objects.values_list("name", "uid"))
    for name, number in told.items():
        listed = shop.get(f"devices/?group={uids[name]}")
        assert number == "0" or re.search(rf"Group:\s+{name}\s+{number}\b", listed), name
    monkeypatch.setattr(groups_page, "PAGE_SIZE", 2)
    assert not re.search(r"\bD3\s+Dynamic", shop.get("groups/"))


def test_the_page_of_a_device_names_its_groups_of_both_kinds(shop: Shop) -> None:
    one, two = shop.add(2, location="Paris")
    group = dynamic_group_of(shop.tenant, "Office", PARIS)
    group_of(shop.tenant, "Loaners", [one])
    dynamic_group_of(shop.tenant, "Expired", "status=OUT")
    pages = [shop.client.get(shop.url(f"devices/{uid}/")).content.decode() for uid in shop.uids()]
    for page, names in zip(pages, (["Loaners", "Office"], ["Office"]), strict=True):
        assert re.findall(r'<a href="[^"]+\?group=[^"]+">(\w+)</a>', page) == names
        assert f"?group={group}" in page
    uids = shop.uids([two])
    delete_devices(actor=shop.actor, tenant=shop.tenant, uids=uids, now=NOW)
    assert "Office" not in shop.get(f"devices/{uids[0]}/")


def test_l7_dynamic_groups_speak_french(shop: Shop) -> None:
    shop.add(1)
    group = dynamic_group_of(shop.tenant, "Bureau", PARIS)
    shop.sign_in(shop.cast.device_admin, "fr")
    shop.cast.device_admin.language = "fr"
    shop.cast.device_admin.save()
    assert "Dynamique" in shop.get("groups/")
    assert "Modifier le filtre dans la liste" in shop.get(f"groups/{group}/edit/")
    assert "Enregistrer comme groupe dynamique" in shop.get(f"devices/?{PARIS}")


def test_v1_another_tenants_group_is_like_one_that_never_was(shop: Shop) -> None:
    theirs = dynamic_group_of(shop.cast.other.id, "Theirs", PARIS)
    assert shop.post(f"groups/{theirs}/filter/", query=PARIS).status_code == 404
    assert "Theirs" not in shop.get(f"devices/?for_group={theirs}&{PARIS}")


def test_nobody_overwrites_what_somebody_else_saved_in_a_group(shop: Shop) -> None:
    group = dynamic_group_of(shop.tenant, "Paris", PARIS)
    edit, keep = f"groups/{group}/edit/", f"groups/{group}/filter/"
    (seen,) = hidden(shop.client.get(shop.url(edit)), "seen")
    listed = shop.client.get(shop.url(f"devices/?vendor=Dell&for_group={group}"))
    (known,) = hidden(listed, "seen")
    assert shop.post(edit, name="Île-de-France", seen=seen).status_code == 302
    late = shop.post(edit, name="Bretagne", seen=seen)
    assert (late.status_code, only_group(shop).name) == (409, "Île-de-France")
    assert "This was changed after you opened it." in text_of(late)
    kept = shop.client.post(shop.url(keep), {"query": "vendor=Dell", "seen": known}, follow=True)
    assert "This was changed after you opened it." in text_of(kept)
    assert only_group(shop).query == PARIS
    # Whoever has read that and does it again means it.
    (now,), (known,) = hidden(late, "seen"), hidden(kept, "seen")
    assert shop.post(keep, query="vendor=Dell", seen=known).status_code == 302
    assert only_group(shop).query == "vendor=Dell"
    assert shop.post(edit, name="Bretagne", seen=now).status_code == 409
    (now,) = hidden(shop.client.get(shop.url(edit)), "seen")
    assert shop.post(edit, name="Bretagne", seen=now).status_code == 302
    assert only_group(shop).name == "Bretagne"


def test_who_deletes_a_group_is_told_what_asks_for_it(shop: Shop) -> None:
    group = group_of(shop.tenant, "VIP", [])
    page = f"groups/{group}/edit/"
    assert "Dynamic groups" not in shop.get(page)
    dynamic_group_of(shop.tenant, "In VIP", f"group={group}")
    dynamic_group_of(shop.tenant, "Others", f"where=group:not:{group}")
    dynamic_group_of(shop.tenant, "Paris", PARIS)
    add(shop.tenant, group=group)
    asking = f"where=group:not:{group}&sort=name"
    shop.post(f"devices/views/new/?{asking}", name="All but VIP")
    told = shop.get(page)
    assert "Dynamic groups In VIP, Others Views All but VIP Schedules VIP" in told
    shop.sign_in(shop.cast.admin)
    assert "Views All but VIP" not in shop.get(page)
