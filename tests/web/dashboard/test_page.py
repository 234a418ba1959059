"""The dashboard as a page: each of its numbers opens the list behind it (W12)."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client

from fleetward.identity.models import User
from tests.cast import TODAY, Cast, add_devices, make_cast
from tests.db.devices.fleet import cover, make_fleet
from tests.routes import text_of

pytestmark = pytest.mark.django_db

FILTERS = (
    "",
    "?vendor=Dell",
    "?vendor=Dell&vendor=HP",
    "?status=OUT",
    "?vendor=HP&status=EXPIRING",
)
TILE = r'<a class="fw-tile [^"]*" href="([^"]+)">.*?fw-tile-number">(\d+)<'
MANY = [f"Maker {number:02d}" for number in range(70)]
PART = r'<a href="([^"]+)">(?:(?!</a>).)*?class="fw-num">(\d+)</span>'
MONTH = r'<th scope="row"><a href="([^"]+)">[^<]*</a></th>((?:\s*<td class="is-num">\d+</td>)+)'


def client_of(user: User) -> Client:
    client = Client(headers={"host": "localhost", "accept-language": "en"})
    client.force_login(user)
    return client


def numbers(page: str) -> Iterator[tuple[str, int]]:
    """Each number with the address behind it."""
    for pattern in (TILE, PART):
        for href, number in re.findall(pattern, page, re.DOTALL):
            yield html.unescape(href), int(number)
    for href, row in re.findall(MONTH, page):
        yield html.unescape(href), sum(map(int, re.findall(r">(\d+)<", row)))


@pytest.mark.parametrize("only", FILTERS)
def test_w12_each_number_opens_the_list_behind_it(only: str) -> None:
    cast = make_cast()
    make_fleet(cast.acme.id, 120)
    client = client_of(cast.admin)
    page = client.get(f"/t/{cast.acme.customer_id}/{only}").content.decode()
    found = [(href, n) for href, n in numbers(page) if "/devices/" in href]
    # Three tiles, both splits, reasons and 37 months; of a status only its own.
    assert len(found) >= 40
    assert any(n for _, n in found)
    for href, number in dict(found).items():
        listed = text_of(client.get(href.replace("/devices/", "/devices/export.csv", 1)))
        assert len(list(csv.reader(io.StringIO(listed)))) - 1 == number, href


def test_w12_others_opens_all_of_many_small_vendors(fleet_of_many: Cast) -> None:
    client = client_of(fleet_of_many.admin)
    for only in ("", "?status=OUT", f"?{urlencode([('vendor', m) for m in MANY])}"):
        page = client.get(f"/t/{fleet_of_many.acme.customer_id}/{only}").content.decode()
        href, number = next(one for one in numbers(page) if "vendor_not=" in one[0])
        listed = client.get(href)
        count = number_in(listed.content.decode())
        assert (count, number > 0) == (number, True), href


def number_in(page: str) -> int:
    found = re.search(r"(\d+) devices?\b", page)
    assert found
    return int(found[1])


@pytest.fixture
def fleet_of_many() -> Cast:
    cast = make_cast()
    for place, maker in enumerate(MANY):
        device, *_ = add_devices(cast.acme.id, 1 + (place < 5), maker)
        cover(cast.acme.id, device, TODAY - timedelta(days=place % 3 - 1))
    return cast


def test_w12_the_vendors_left_out_are_one_chip(fleet_of_many: Cast) -> None:
    client = client_of(fleet_of_many.admin)
    where = f"/t/{fleet_of_many.acme.customer_id}/devices/"
    few = client.get(where, {"vendor_not": MANY[:2]}).content.decode()
    assert "all but Maker 00, Maker 01<" in few
    assert 'type="hidden" name="vendor_not" value="Maker 01"' in few
    many = client.get(where, {"vendor_not": MANY[:60]}).content.decode()
    assert "and 54 others" in many
    assert number_in(many) == len(MANY) - 60


def test_an_empty_dashboard_offers_what_the_reader_may_do() -> None:
    cast: Cast = make_cast()
    where = f"/t/{cast.acme.customer_id}/"
    assert b"Add one device" in client_of(cast.admin).get(where).content
    assert b"Add one device" not in client_of(cast.reader).get(where).content
