"""The device list as a page: state in the address, columns, empty states, export, languages."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.warranty.contracts import Reason
from tests.cast import TODAY, Cast, add_devices
from tests.db.devices.fleet import cover, group_of, make_fleet
from tests.web.reading import signed_in, text_of

pytestmark = pytest.mark.django_db


def names_in(answer: HttpResponse) -> list[str]:
    body = answer.content.decode()
    return re.findall(r'class="is-main"[^>]*><a [^>]*>([^<]+)<', body)


def test_an_empty_tenant_says_how_to_begin(client: Client, here: str) -> None:
    told = text_of(client.get(here))
    assert "No devices yet" in told
    assert "Import devices" in told


def test_no_match_offers_to_clear_the_filters(client: Client, cast: Cast, here: str) -> None:
    make_fleet(cast.acme.id, 5)
    answer = client.get(here, {"q": "nowhere", "sort": "name"})
    assert "No device matches" in text_of(answer)
    assert f'href="{here}?sort=name"' in answer.content.decode()


def test_a_status_before_any_check_says_so(client: Client, cast: Cast, here: str) -> None:
    for device in add_devices(cast.acme.id, 2):
        cover(cast.acme.id, device, reason=Reason.NOT_CHECKED)
    assert "No device has been checked yet" in text_of(client.get(here, {"status": "OUT"}))


def test_filters_show_as_chips_and_count(client: Client, cast: Cast, here: str) -> None:
    for device in add_devices(cast.acme.id, 3):
        cover(cast.acme.id, device, TODAY)
    answer = client.get(here, {"vendor": "Dell", "status": ["OUT", "IN"], "ends": "-90"})
    assert answer.status_code == 200
    told = text_of(answer)
    for chip in ("Vendor: Dell", "Coverage: Out of warranty", "Ends: In the last 90 days"):
        assert chip in told


def test_many_filters_are_told_without_a_count_of_each(
    client: Client, cast: Cast, here: str, django_assert_max_num_queries: Any
) -> None:
    make_fleet(cast.acme.id, 3)
    client.get(here)
    with django_assert_max_num_queries(80):
        answer = client.get(here, {"model": [f"M{n}" for n in range(300)]})
    told = answer.content.decode()
    assert told.count('class="fw-chip"') == 300
    assert told.count("fw-chip-count") == 20


def test_paging_and_sorting_are_addresses(client: Client, cast: Cast, here: str) -> None:
    make_fleet(cast.acme.id, 60)
    first = client.get(here, {"sort": "serial"})
    names = names_in(first)
    assert len(names) == 50
    (after,) = re.findall(r'rel="next" href="([^"]+)"', first.content.decode())
    second = client.get(after.replace("&amp;", "&"))
    assert len(names_in(second)) == 10
    (before,) = re.findall(r'rel="prev" href="([^"]+)"', second.content.decode())
    assert names_in(client.get(before.replace("&amp;", "&"))) == names
    assert 'aria-sort="ascending"' in first.content.decode()


def test_what_begins_a_serial_is_shown_by_serial(client: Client, cast: Cast, here: str) -> None:
    make_fleet(cast.acme.id, 60)
    found = client.get(here, {"q": "t0"})
    assert names_in(found) == names_in(client.get(here, {"q": "t0", "sort": "serial"}))
    assert names_in(found) != names_in(client.get(here, {"q": "t0", "sort": "end"}))
    assert found.content.decode().count('aria-sort="ascending"') == 1
    (after,) = re.findall(r'rel="next" href="([^"]+)"', found.content.decode())
    assert len(names_in(client.get(after.replace("&amp;", "&")))) == 10


def test_a_cursor_of_another_order_is_refused(client: Client, here: str) -> None:
    assert client.get(here, {"cursor": "x"}).status_code == 422


def test_words_that_are_not_ours_are_left_out(client: Client, cast: Cast, here: str) -> None:
    make_fleet(cast.acme.id, 2)
    odd = {"status": "x", "sort": "x", "ends_from": "x", "answer": "x", "vendor": "\0", "q": "\0"}
    assert len(names_in(client.get(here, odd))) == 2


def test_columns_are_kept_in_the_browser(client: Client, cast: Cast, here: str) -> None:
    make_fleet(cast.acme.id, 1)
    back = client.post(
        f"{here}columns/", {"columns": ["serial", "origin", "x"], "next": f"{here}?q=t"}
    )
    assert back["Location"] == f"{here}?q=t"
    heads = re.findall(r"<th [^>]*>(.*?)</th>", client.get(here).content.decode(), re.DOTALL)
    shown = [re.sub(r"<[^>]+>|\s", "", head) for head in heads]
    assert shown == ["", "Name", "Serialnumber", "Origin"]


def test_columns_never_lead_elsewhere(client: Client, here: str) -> None:
    for wanted in ("https://evil.example/", "//evil.example", ""):
        assert client.post(f"{here}columns/", {"next": wanted})["Location"] == here


def test_the_export_is_the_list_as_shown(client: Client, cast: Cast, here: str) -> None:
    make_fleet(cast.acme.id, 20)
    client.post(f"{here}columns/", {"columns": ["serial", "status"]})
    answer = client.get(f"{here}export.csv", {"vendor": "HP", "sort": "serial"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer["Content-Disposition"]
    body = answer.getvalue().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(body)))
    assert rows[0] == ["Name", "Serial number", "Coverage", "Reason", "Simulated"]
    shown = client.get(here, {"vendor": "HP", "sort": "serial"})
    serials = re.findall(r'<span class="fw-mono">(\w+)</span>', shown.content.decode())
    assert [row[1] for row in rows[1:]] == serials


def test_w20_simulated_answers_are_marked_in_list_and_page(
    client: Client, cast: Cast, here: str
) -> None:
    (device,) = add_devices(cast.acme.id, 1)
    cover(cast.acme.id, device, TODAY, simulated=True)
    assert "fw-simulated" in client.get(here).content.decode()
    with tenant_scope([cast.acme.id]):
        uid = Device.objects.get(id=device).uid
    assert "fw-simulated" in client.get(f"{here}{uid}/").content.decode()


def test_v1_another_tenants_list_does_not_exist(cast: Cast, here: str) -> None:
    outsider = signed_in(cast.outsider)
    for path in (here, f"{here}export.csv", f"{here}add/"):
        assert outsider.get(path).status_code == 404


def test_l1_a_reader_sees_and_exports_and_changes_nothing(cast: Cast, here: str) -> None:
    add_devices(cast.acme.id, 1)
    with tenant_scope([cast.acme.id]):
        device = Device.objects.get().uid
    reader = signed_in(cast.reader)
    page = reader.get(here).content.decode()
    assert "Add device" not in page
    assert set(re.findall(r'name="action" value="(\w+)"', page)) == {"export", "excel", "labels"}
    assert b"PC-" in reader.get(f"{here}export.csv").getvalue()
    for path in ("add/", f"{device}/delete/", f"{device}/restore/"):
        assert reader.post(f"{here}{path}").status_code == 403


def test_l7_the_list_speaks_french(cast: Cast, here: str) -> None:
    make_fleet(cast.acme.id, 3)
    cast.device_admin.language = "fr"
    cast.device_admin.save()
    page = signed_in(cast.device_admin, "fr").get(here)
    assert page.status_code == 200
    assert '<html lang="fr"' in page.content.decode()


def test_a_page_of_the_list_takes_few_statements(
    client: Client, cast: Cast, here: str, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    make_fleet(cast.acme.id, 60)
    client.get(here)
    with django_assert_max_num_queries(30):
        client.get(here, {"q": "itude", "status": "IN"})


def test_e13_a_group_narrows_the_list_and_its_chip_has_the_name(
    client: Client, cast: Cast, here: str
) -> None:
    devices = add_devices(cast.acme.id, 3)
    uid = group_of(cast.acme.id, "Paris office", devices[:2])
    told = text_of(answer := client.get(here, {"group": [str(uid), "nonsense"]}))
    assert len(names_in(answer)) == 2
    assert "2 devices" in told
    assert re.search(r"Group:\s+Paris office", told)


def test_e13_a_group_that_is_gone_has_no_device(client: Client, cast: Cast, here: str) -> None:
    """One of another tenant is told in the same words (V1)."""
    add_devices(cast.acme.id, 1)
    theirs = group_of(cast.other.id, "Their office", add_devices(cast.other.id, 1))
    told = text_of(answer := client.get(here, {"group": str(theirs)}))
    assert names_in(answer) == []
    assert re.search(r"Group:\s+Deleted group", told)
    assert "Their office" not in told
