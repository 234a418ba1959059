"""Saved views, conditions and columns of the device list as pages."""

from __future__ import annotations

import html
import re
import uuid
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.warranty.queries.grid_conditions import MOST_CONDITIONS, MOST_VALUES
from fleetward.web.pages import devices_columns
from tests.cast import Cast, make_cast
from tests.db.devices.fleet import dynamic_group_of, group_of, make_fleet
from tests.web.devices.test_list import names_in
from tests.web.reading import hidden, signed_in, text_of

pytestmark = pytest.mark.django_db
PARIS = "where=location:is:Paris&sort=name"


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    make_fleet(cast.acme.id, 12)
    with tenant_scope([cast.acme.id]):
        some = Device.objects.filter(tenant_id=cast.acme.id, is_active=True).order_by("id")[:3]
        Device.objects.filter(id__in=[one.id for one in some]).update(location="Paris")
    return cast


def save(client: Client, here: str, query: str = PARIS, **form: str) -> str:
    """Keep a list; the address of its view."""
    answer = client.post(f"{here}views/new/?{query}", {"name": "Paris", **form})
    assert answer.status_code == 302, text_of(answer)
    return str(answer["Location"])


def heads(answer: Any) -> list[str]:
    return re.findall(r'<col data-key="(\w+)"', answer.content.decode())


def test_a_condition_is_added_by_its_form_and_becomes_part_of_the_address(
    client: Client, here: str
) -> None:
    form = client.get(f"{here}?status=OUT&adding=location").content.decode()
    assert 'name="status" value="OUT"' in form
    sent = {"status": "OUT", "adding": "location", "op": "is", "value": " Paris "}
    answer = client.get(here, sent)
    assert parse_qs(urlsplit(answer["Location"]).query) == {
        "status": ["OUT"],
        "where": ["location:is:Paris"],
    }


def test_days_and_empty_need_no_other_value(client: Client, here: str) -> None:
    for sent, word in (
        ({"adding": "ends_on", "op": "next", "days": "30", "value": ""}, "ends_on:next:30"),
        ({"adding": "asset_tag", "op": "empty", "value": "x"}, "asset_tag:empty"),
    ):
        answer = client.get(here, sent)
        assert parse_qs(urlsplit(answer["Location"]).query)["where"] == [word]


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("location", [" Paris\r\n\r\nLyon\nParis"], ["Paris", "Lyon"]),
        ("status", ["OUT", "UNKNOWN"], ["OUT", "UNKNOWN"]),
        ("reason", ["NO_SERIAL", "NOT_CHECKED"], ["NO_SERIAL", "NOT_CHECKED"]),
        ("purchased_on", ["2026-03-01"], ["2026-03-01"]),
    ],
)
def test_any_of_several_values_is_added_at_once(
    client: Client, here: str, name: str, values: list[str], words: list[str]
) -> None:
    answer = client.get(here, {"adding": name, "op": "not", "value": values})
    found = parse_qs(urlsplit(answer["Location"]).query)["where"]
    assert found == [f"{name}:not:{word}" for word in words]
    assert client.get(answer["Location"]).status_code == 200


@pytest.mark.parametrize("values", [[], ["\n"], ["OUT", "out"], ["IN\n" * 9 + "x"]])
def test_values_of_which_one_is_none_are_told_all_together(
    client: Client, here: str, values: list[str]
) -> None:
    told = client.get(here, {"adding": "status", "op": "is", "value": values})
    assert "Enter a value that the column can have." in text_of(told)


def test_more_values_than_a_condition_holds_are_told(client: Client, here: str) -> None:
    lines = "\n".join(map(str, range(MOST_VALUES + 1)))
    told = client.get(here, {"adding": "location", "op": "is", "value": lines})
    assert "Enter a value that the column can have." in text_of(told)


@pytest.mark.parametrize(
    ("language", "title", "left"),
    [
        ("en", "2 conditions are left out", "Location: Paris · Asset tag: is empty"),
        ("fr", "2 conditions ne sont pas appliquées", "Emplacement : Paris"),
    ],
)
def test_conditions_that_are_too_many_are_told(
    client: Client, cast: Cast, here: str, language: str, title: str, left: str
) -> None:
    cast.device_admin.language = language
    cast.device_admin.save()
    days = [f"created_at:after:2026-01-{day:02}" for day in range(1, MOST_CONDITIONS + 1)]
    assert title not in text_of(client.get(here, {"where": days}))
    told = text_of(client.get(here, {"where": [*days, "location:is:Paris", "asset_tag:empty"]}))
    assert title in told
    assert left in told
    many = [f"location:is:{number}" for number in range(MOST_VALUES + 7)]
    assert " · …" in text_of(client.get(here, {"where": many}))


def test_what_can_be_filtered_can_be_shown_and_is_in_the_file(client: Client, here: str) -> None:
    shown = "cols=name.reason.in_use_from.is_virtual.updated_at"
    answer = client.get(f"{here}?{shown}&view=all")
    assert heads(answer) == ["name", "reason", "in_use_from", "is_virtual", "updated_at"]
    file = b"".join(client.get(f"{here}export.csv?{shown}").streaming_content).decode("utf-8-sig")
    assert file.splitlines()[0] == "Name,Reason,In use since,Virtual machine,Changed,Simulated"
    assert len(file.splitlines()) == 13


def test_e13_devices_outside_groups_of_both_kinds(client: Client, cast: Cast, here: str) -> None:
    with tenant_scope([cast.acme.id]):
        ids = list(Device.objects.filter(location="Paris").values_list("id", flat=True))
    static = group_of(cast.acme.id, "Chosen", ids[:1])
    dynamic = dynamic_group_of(cast.acme.id, "In Paris", "where=location%3Ais%3AParis")
    form = text_of(client.get(f"{here}?adding=group"))
    assert "is not Chosen In Paris Add filter" in form
    sent = {"adding": "group", "op": "not", "value": [str(static), str(dynamic)]}
    there = client.get(here, sent)["Location"]
    told = text_of(client.get(there))
    assert "Group: is not Chosen or In Paris 9" in told
    assert "Group: is not Chosen 11" in text_of(client.get(f"{here}?where=group:not:{static}"))
    gone = f"{here}?where=group:not:{uuid.UUID(int=7)}"
    told = text_of(client.get(gone))
    assert "Group: is not Deleted group 0" in told
    assert "A group of this filter was deleted" in told


def test_without_groups_none_is_offered_to_be_left_out(client: Client, here: str) -> None:
    assert "adding=group" not in client.get(here).content.decode()


def test_a_value_that_a_column_cannot_have_is_told(client: Client, here: str) -> None:
    told = text_of(client.get(here, {"adding": "ends_on", "op": "before", "value": "soon"}))
    assert "Enter a value that the column can have." in told


def test_chips_say_what_each_filter_leaves(client: Client, here: str) -> None:
    answer = client.get(f"{here}?where=location:is:Paris&where=location:is:Lyon&q=T0")
    told = text_of(answer)
    assert "Location: Paris or Lyon 3" in told
    assert "Search: T0 12" in told
    hrefs = re.findall(r'<a href="([^"]+)">[^<]*<svg[^>]*icon-s', answer.content.decode())
    assert [parse_qs(urlsplit(html.unescape(h)).query).get("where") for h in hrefs] == [
        ["location:is:Paris", "location:is:Lyon"],
        None,
    ]


def test_a_view_is_a_link_that_brings_its_list_back(client: Client, here: str) -> None:
    link = save(client, here)
    answer = client.get(link, follow=True)
    assert len(names_in(answer)) == 3
    assert 'aria-current="page"> Paris' in re.sub(r"\s+", " ", answer.content.decode())
    assert "Save view" not in text_of(answer)


def test_a_changed_view_can_be_updated_or_kept_as_another(client: Client, here: str) -> None:
    link = save(client, here)
    address = client.get(link)["Location"]
    changed = f"{address}&vendor=Dell"
    told = text_of(client.get(changed))
    assert "Update view" in told
    assert "Save view" in told
    client.post(f"{link}update/", {"query": urlsplit(changed).query})
    assert "vendor=Dell" in client.get(link)["Location"]


def test_columns_keep_their_order_and_widths_with_the_view(client: Client, here: str) -> None:
    client.post(f"{here}columns/", {"columns": ["serial", "name", "status"]})
    assert heads(client.get(f"{here}?sort=name")) == ["serial", "name", "status"]
    client.post(f"{here}columns/", {"columns": ["serial", "name", "status"], "up": "status"})
    client.post(f"{here}columns/", {"widths": "serial-200.status-90.name-9999"})
    link = save(client, here)
    client.post(f"{here}columns/", {"reset": "1"})
    shown = client.get(link, follow=True)
    assert heads(shown) == ["serial", "status", "name"]
    assert 'data-key="name" width="900"' in shown.content.decode()
    assert len(heads(client.get(f"{here}?view=all"))) == 7


def widths(answer: Any) -> dict[str, str]:
    return dict(re.findall(r'<col data-key="(\w+)" width="(\d+)"', answer.content.decode()))


def dragged(client: Client, here: str, address: str, word: str) -> None:
    """As a dragged head sends it from a list."""
    assert client.post(f"{here}columns/", {"widths": word, "next": address}).status_code == 302


def test_widths_dragged_in_a_view_are_kept_for_this_reader_there_alone(
    client: Client, cast: Cast, here: str
) -> None:
    client.post(f"{here}columns/", {"columns": ["serial", "name"]})
    dragged(client, here, f"{here}?view=all", "serial-200.name-210")
    link = save(client, here, is_shared="on")
    other = save(client, here, name="Lyon")
    client.post(f"{here}columns/", {"columns": ["name", "status"]})
    own = client.get(f"{here}?view=all")
    address = client.get(link)["Location"]
    dragged(client, here, address, "serial-300.name-310")
    for place in (address, link, f"{address}&vendor_not=Nobody"):
        shown = client.get(place, follow=True)
        assert (heads(shown), widths(shown)) == (
            ["serial", "name"],
            {"serial": "300", "name": "310"},
        )
        assert "Update view" in text_of(shown)
    assert widths(client.get(other, follow=True)) == {"serial": "200", "name": "210"}
    again = client.get(f"{here}?view=all")
    assert (heads(again), widths(again)) == (heads(own), widths(own))
    colleague = signed_in(cast.admin).get(link, follow=True)
    assert widths(colleague) == {"serial": "200", "name": "210"}
    client.post(f"{link}update/", {"query": urlsplit(address).query})
    assert "Update view" not in text_of(client.get(link, follow=True))
    colleague = signed_in(cast.admin).get(link, follow=True)
    assert widths(colleague) == {"serial": "300", "name": "310"}


def test_columns_chosen_in_a_view_or_a_link_are_not_the_readers_own(
    client: Client, here: str
) -> None:
    client.post(f"{here}columns/", {"columns": ["name", "model"]})
    address = client.get(save(client, here))["Location"]
    there = client.post(f"{here}columns/", {"columns": ["name", "serial"], "next": address})
    assert heads(client.get(there["Location"])) == ["name", "serial"]
    link = f"{here}?cols=name.status&q=T0"
    dragged(client, here, link, "name-250.status-110")
    assert widths(client.get(link)) == {"name": "250", "status": "110"}
    usual = client.post(f"{here}columns/", {"reset": "1", "next": link})
    assert widths(client.get(usual["Location"])) == widths(client.get(link)) == {}
    assert heads(client.get(f"{here}?view=all")) == ["name", "model"]


def test_widths_of_the_latest_views_are_kept(
    client: Client, here: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices_columns, "MOST_SIZED", 2)
    links = [save(client, here, name=f"View {number}") for number in range(3)]
    for number, link in enumerate(links):
        dragged(client, here, client.get(link)["Location"], f"name-{200 + number}")
    found = [widths(client.get(link, follow=True)).get("name") for link in links]
    assert found == [None, "201", "202"]


def test_nobody_overwrites_what_somebody_else_saved_in_a_view(
    client: Client, cast: Cast, here: str
) -> None:
    link = save(client, here, is_shared="on")
    address = client.get(link)["Location"]
    (seen,) = hidden(client.get(f"{link}edit/"), "seen")
    changed = client.get(f"{address}&vendor=Dell")
    (known,) = hidden(changed, "seen")
    form = {"name": "Île-de-France", "is_shared": "on", "seen": seen}
    assert signed_in(cast.admin).post(f"{link}edit/", form).status_code == 302
    late = client.post(f"{link}edit/", {"name": "Bretagne", "seen": seen})
    assert late.status_code == 409
    assert "This was changed after you opened it." in text_of(late)
    query = f"{urlsplit(address).query}&vendor=Dell"
    told = client.post(f"{link}update/", {"query": query, "seen": known}, follow=True)
    assert "This was changed after you opened it." in text_of(told)
    assert "vendor=Dell" not in client.get(link)["Location"]
    # Whoever has read that and does it again means it.
    (now,), (known,) = hidden(late, "seen"), hidden(told, "seen")
    assert client.post(f"{link}update/", {"query": query, "seen": known}).status_code == 302
    assert "vendor=Dell" in client.get(link)["Location"]
    assert client.post(f"{link}edit/", {"name": "Bretagne", "seen": now}).status_code == 409
    (now,) = hidden(client.get(f"{link}edit/"), "seen")
    assert client.post(f"{link}edit/", {"name": "Bretagne", "seen": now}).status_code == 302


def test_choosing_columns_in_a_view_changes_the_address(client: Client, here: str) -> None:
    address = client.get(save(client, here))["Location"]
    answer = client.post(f"{here}columns/", {"columns": ["name", "model"], "next": address})
    assert parse_qs(urlsplit(answer["Location"]).query)["cols"] == ["name.model"]
    elsewhere = client.post(f"{here}columns/", {"columns": ["name"], "next": "//evil.example/"})
    assert elsewhere["Location"] == here


def test_a_role_finds_its_view_first(cast: Cast, here: str) -> None:
    admin = signed_in(cast.admin)
    link = save(admin, here, default_role="REPORT_ADMIN")
    reader = signed_in(cast.reader)
    assert "where=location" in reader.get(here)["Location"]
    assert reader.get(f"{here}?view=all").status_code == 200
    assert "Edit view" not in text_of(reader.get(link, follow=True))
    assert "Shown first to" not in text_of(reader.get(f"{here}views/new/"))


def test_a_view_is_renamed_and_dropped(client: Client, here: str) -> None:
    link = save(client, here)
    assert client.post(f"{link}edit/", {"name": " "}).status_code == 422
    save(client, here, name="Lyon")
    taken = client.post(f"{link}edit/", {"name": "LYON"})
    assert "You already have a view called LYON." in text_of(taken)
    client.post(f"{link}edit/", {"name": "Île-de-France", "is_shared": "on"})
    assert "Île-de-France" in text_of(client.get(f"{here}?view=all"))
    client.post(f"{link}delete/")
    assert client.get(link).status_code == 404


def test_a_taken_name_is_told_when_saving(client: Client, here: str) -> None:
    save(client, here)
    answer = client.post(f"{here}views/new/?{PARIS}", {"name": "paris"})
    assert (answer.status_code, "already have a view" in text_of(answer)) == (422, True)
