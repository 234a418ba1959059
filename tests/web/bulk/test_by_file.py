"""Deleting by file through the pages (E10): sent, read, looked at, deleted, downloaded."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from fleetward.devices.bulk.actions import purge_selections
from fleetward.devices.models import SerialList
from fleetward.devices.serial_lists.actions import match_serials, purge_serials, read_serials
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from tests.web.bulk.shop import Shop
from tests.web.bulk.test_deleting import active, typed

pytestmark = pytest.mark.django_db

HERE = "devices/by-file/"


def send(shop: Shop, *serials: str, header: str = "S/N", name: str = "old.csv") -> str:
    """Upload; returns the address of the file's page."""
    data = "\n".join([header, *serials]).encode()
    answer = shop.post(HERE, file=SimpleUploadedFile(name, data, content_type="text/csv"))
    assert answer.status_code == 302
    return answer["Location"]


def read(shop: Shop) -> None:
    """What the worker does meanwhile."""
    with tenant_scope([shop.tenant]):
        lists = list(SerialList.objects.values_list("id", flat=True))
    for serials in lists:
        for job in (read_serials, match_serials):
            job(tenant=shop.tenant, serials=serials, clock=utc_now)


def rows(shop: Shop, there: str) -> list[list[str]]:
    answer = shop.client.get(f"{there}rows.csv")
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))[1:]


def test_from_the_file_to_the_deletion_and_back(shop: Shop) -> None:
    one, two, _ = shop.add(3)
    serials = [shop.get_serial(device) for device in (one, two)]
    assert f'href="{shop.url(HERE)}"' in shop.client.get(shop.url("devices/")).content.decode()
    assert "File of serial numbers" in shop.get(HERE)
    there = send(shop, *serials, "=ZZZ9999", "none")
    assert "Reading the file" in shop.get(there)
    assert "HX-Refresh" not in shop.client.get(f"{there}progress/")
    read(shop)
    assert shop.client.get(f"{there}progress/")["HX-Refresh"] == "true"
    page = shop.get(there)
    for words in ("Nothing is deleted yet", "Delete 2 devices…", "No active device fits this row"):
        assert words in page
    assert active(shop) == 3
    shown = shop.client.get(there).content.decode()
    found = re.search(r'href="([^"]+/selections/[^"]+/delete/)"', shown)
    assert found
    shop.client.post(found[1], typed(shop, found[1]))
    assert active(shop) == 1
    assert rows(shop, there) == [
        ["2", serials[0], "", "", "Found", "FOUND", "", "Done", "DONE"],
        ["3", serials[1], "", "", "Found", "FOUND", "", "Done", "DONE"],
        ["4", "'=ZZZ9999", "", "", "Not found", "NOT_FOUND", rows(shop, there)[2][6], "", ""],
        ["5", "NONE", "", "", "Refused", "JUNK_SERIAL", rows(shop, there)[3][6], "", ""],
    ]
    page = shop.client.get(there).content.decode()
    change = re.search(r'href="([^"]+/devices/changes/[^"]+/)"', page)
    assert change
    bulk = shop.client.get(change[1]).content.decode()
    assert f'href="{there}rows.csv"' in bulk
    shop.post(f"{change[1]}undo/")
    assert active(shop) == 3


def test_a_bulk_change_of_another_kind_or_of_a_selection_has_no_file(shop: Shop) -> None:
    shop.add(1)
    place = shop.choose("delete")["Location"]
    shop.client.post(place, typed(shop, place))
    shop.choose("restore")
    page = shop.client.get(shop.url("devices/changes/")).content.decode()
    changes = set(re.findall(r'href="([^"]+/devices/changes/[0-9a-f-]{36}/)"', page))
    assert len(changes) == 2
    shop.sign_in(shop.cast.reader)
    for change in changes:
        assert "Every row of the file" not in shop.get(change)


def test_a_file_that_cannot_be_read_says_why(shop: Shop) -> None:
    there = send(shop, "5CG1234XYZ", header="Machine")
    read(shop)
    page = shop.get(there)
    assert "No column of the file gives serial numbers." in page
    assert "Upload another file" in page


def test_without_a_file_the_form_says_so_and_an_empty_one_too(shop: Shop) -> None:
    for answer in (shop.post(HERE), shop.post(HERE, file=SimpleUploadedFile("a.csv", b""))):
        assert answer.status_code == 422


def test_nothing_found_and_nothing_kept_are_told(shop: Shop) -> None:
    (device,) = shop.add(1)
    nothing = send(shop, "ZZZ9999")
    something = send(shop, shop.get_serial(device))
    read(shop)
    assert "No row names a device to delete" in shop.get(nothing)
    purge_selections(now=utc_now() + timedelta(days=2))
    page = shop.get(something)
    assert "What was found is not kept any more" in page
    assert "Upload another file" in page
    purge_serials(tenant=shop.tenant, now=utc_now() + timedelta(days=31))
    assert shop.client.get(something).status_code == 404


def test_the_first_rows_are_shown_and_how_many_there_are(shop: Shop) -> None:
    there = send(shop, *(f"ZZZ{n:04d}" for n in range(60)))
    read(shop)
    assert "The first 20 of 60 rows" in shop.get(there)


@pytest.mark.parametrize(
    ("language", "header"), [("en", "Serial number"), ("fr", "Numéro de série")]
)
def test_the_sample_file_can_be_sent_as_it_is(shop: Shop, language: str, header: str) -> None:
    shop.cast.admin.language = language
    shop.cast.admin.save()
    shop.sign_in(shop.cast.admin)
    answer = shop.client.get(shop.url(f"{HERE}sample.csv"))
    data = answer.getvalue()
    assert header in data.decode("utf-8-sig")
    there = shop.post(HERE, file=SimpleUploadedFile("a.csv", data))["Location"]
    read(shop)
    with tenant_scope([shop.tenant]):
        assert SerialList.objects.get(uid=there.split("/")[-2]).counts == {"NOT_FOUND": 3}
