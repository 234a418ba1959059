"""The dashboard as a page: each of its numbers opens the list behind it (W12)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from urllib.parse import parse_qsl, urlencode

import pytest

from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.tenancy.contracts import Role
from fleetward.web.pages.dashboard_devices import TABLE_ROWS
from tests.cast import TODAY, Cast, add_devices, make_cast
from tests.db.devices.fleet import (
    cover,
    dynamic_group_of,
    first_view_of,
    group_of,
    make_fleet,
)
from tests.routes import text_of
from tests.web.reading import numbers, signed_in

pytestmark = pytest.mark.django_db

FILTERS = (
    "",
    "?vendor=Dell",
    "?vendor=Dell&vendor=HP",
    "?status=OUT",
    "?vendor=HP&status=EXPIRING",
)
# Dynamic groups: known to the counters, looked for among the devices, and of members as well.
GROUPS = ("status=OUT&vendor=Dell", "q=T0&where=ends_on%3Afilled", "model=ThinkPad+T14", "")
MANY = [f"Maker {number:02d}" for number in range(70)]
# Words with numbers that count no devices.
WORDS = re.compile(
    r"Expiring within 30 days|within 180 days|until \d+ \w+ 20\d\d"
    r"|By month, 18 months back and 18 months ahead|Ends of coverage by month, .*"
    r"|.*look-alikes such as O and 0 are frequent\."
)


def counts(page: str) -> dict[str, int]:
    """The number of devices by the address behind it."""
    found = [(href, int(text)) for text, href in numbers(page) if href and text.isdigit()]
    assert len(dict(found)) == len(set(found))
    return dict(found)


@pytest.mark.parametrize("only", FILTERS)
def test_w12_each_number_opens_the_list_behind_it(only: str) -> None:
    cast = make_cast()
    make_fleet(cast.acme.id, 120)
    client = signed_in(cast.admin)
    page = client.get(f"/t/{cast.acme.customer_id}/{only}").content.decode()
    found = counts(page)
    # Tiles with their notes, both splits with their totals, reasons, 37 months and their parts; of
    # a status only its own.
    assert len(found) >= 37 * (1 if "status" in only else 4) + 3
    assert sum(map(bool, found.values())) > 3
    for href, number in found.items():
        listed = text_of(client.get(href.replace("/devices/", "/devices/export.csv", 1)))
        assert len(list(csv.reader(io.StringIO(listed)))) - 1 == number, href


def test_w12_a_number_of_all_opens_all_whatever_the_role_finds_first() -> None:
    cast = make_cast()
    make_fleet(cast.acme.id, 12)
    first_view_of(cast, Role.IT_ADMIN, "status=IN&vendor=Dell")
    client = signed_in(cast.admin)
    page = client.get(f"/t/{cast.acme.customer_id}/").content.decode()
    found = counts(page)
    assert not [href for href in found if "?" not in href]
    assert found[f"/t/{cast.acme.customer_id}/devices/?view=all"] > 0
    for href, number in found.items():
        listed = client.get(href)
        assert listed.status_code == 200, href
        assert number == 0 or number_in(listed.content.decode()) == number, href


@pytest.mark.parametrize("read", [str.upper, str])
def test_a_group_is_taken_away_however_the_address_spells_it(read: Callable[[str], str]) -> None:
    cast = make_cast()
    make_fleet(cast.acme.id, 12)
    one, two = (dynamic_group_of(cast.acme.id, name, "vendor=Dell") for name in ("One", "Two"))
    where = f"/t/{cast.acme.customer_id}/"
    query = urlencode([("group", read(str(one))), ("group", str(two)), ("vendor", "Dell")])
    page = signed_in(cast.admin).get(f"{where}?{query}").content.decode()
    assert f'href="{where}?group={two}&amp;vendor=Dell"' in page
    assert f'href="{where}?group={one}&amp;vendor=Dell"' in page
    assert f'href="{where}?group={read(str(one))}&amp;group={two}"' in page


@pytest.mark.parametrize("query", GROUPS)
@pytest.mark.parametrize("more", ["", "&vendor=Dell", "&status=EXPIRING"])
def test_e13_each_number_keeps_the_group(query: str, more: str) -> None:
    """Of a dynamic group, or of a static one where there is no filter."""
    cast = make_cast()
    ids = make_fleet(cast.acme.id, 120)
    tenant = cast.acme.id
    group = dynamic_group_of(tenant, "Some", query) if query else group_of(tenant, "Some", ids[::3])
    client = signed_in(cast.admin)
    page = client.get(f"/t/{cast.acme.customer_id}/?group={group}{more}").content.decode()
    assert "Some" in page
    for href, number in counts(page).items():
        assert f"group={group}" in href
        listed = text_of(client.get(href.replace("/devices/", "/devices/export.csv", 1)))
        assert len(list(csv.reader(io.StringIO(listed)))) - 1 == number, href


@pytest.mark.parametrize("only", FILTERS)
def test_w12_no_number_opens_nothing(only: str) -> None:
    cast = make_cast()
    make_fleet(cast.acme.id, 120)
    page = signed_in(cast.admin).get(f"/t/{cast.acme.customer_id}/{only}").content.decode()
    # What the filter leaves out is nothing, and has no list.
    nothing = {"0", "0%", "0 of", "devices are in warranty, 0%"}
    left_out = nothing if "status" in only else set()
    bare = {text for text, href in numbers(page) if not href and not WORDS.fullmatch(text)}
    assert bare <= left_out
    shares = {href for text, href in numbers(page) if text.endswith("%") and href}
    assert shares <= counts(page).keys()


def test_w12_others_opens_all_of_many_small_vendors(fleet_of_many: Cast) -> None:
    client = signed_in(fleet_of_many.admin)
    for only in ("", "?status=OUT", f"?{urlencode([('vendor', m) for m in MANY])}"):
        page = client.get(f"/t/{fleet_of_many.acme.customer_id}/{only}").content.decode()
        href, number = next(one for one in counts(page).items() if "vendor_not=" in one[0])
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
    client = signed_in(fleet_of_many.admin)
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
    assert b"Add one device" in signed_in(cast.admin).get(where).content
    assert b"Add one device" not in signed_in(cast.reader).get(where).content


SIMULATED = "Some answers come from a simulator, not from the vendor. They are marked Simulated."


def rows_of(page: str) -> list[str]:
    """The rows of the table of devices."""
    return re.findall(r"<tr\b.*?</tr>", page.partition("fw-table-card")[2], re.DOTALL)


@pytest.mark.parametrize("only", FILTERS)
def test_w12_the_table_shows_devices_of_the_same_filtered_set(only: str) -> None:
    cast = make_cast()
    make_fleet(cast.acme.id, 40)
    client, where = signed_in(cast.admin), f"/t/{cast.acme.customer_id}/"
    shown = addresses(client.get(where + only).content.decode())
    order = [("sort", "end"), ("dir", "desc" if only == "?status=OUT" else "")]
    query = [*parse_qsl(only[1:]), *order]
    listed = addresses(client.get(f"{where}devices/?{urlencode(query)}").content.decode())
    first = listed.index(shown[0])
    assert shown == listed[first : first + len(shown)]
    assert 0 < len(shown) <= TABLE_ROWS


def addresses(page: str) -> list[str]:
    """The devices that the rows of the table open."""
    return [
        found[1] for row in rows_of(page) if (found := re.search(r"/devices/([0-9a-f-]{36})", row))
    ]


@pytest.mark.parametrize(
    ("end", "heading"),
    [
        (TODAY + timedelta(10_000), "Coverage that ends next"),
        (TODAY - timedelta(1), "Devices"),
        (None, "Devices"),
    ],
)
def test_w12_a_tenant_without_coming_ends_has_a_table_too(end: date | None, heading: str) -> None:
    cast = make_cast()
    (device,) = add_devices(cast.acme.id, 1)
    if end:
        cover(cast.acme.id, device, end)
    page = signed_in(cast.admin).get(f"/t/{cast.acme.customer_id}/").content.decode()
    assert serial_of(cast, device) in rows_of(page)[1]
    assert f"<h2>{heading}</h2>" in page


def test_w20_what_a_simulator_answered_is_marked_on_the_dashboard() -> None:
    cast = make_cast()
    made_up, true = add_devices(cast.acme.id, 2)
    for device in (made_up, true):
        cover(cast.acme.id, device, TODAY + timedelta(20), simulated=device == made_up)
    client, where = signed_in(cast.admin), f"/t/{cast.acme.customer_id}/"
    page = client.get(where).content.decode()
    assert SIMULATED in page
    marked = [row for row in rows_of(page) if "fw-simulated" in row]
    assert len(marked) == page.count("fw-simulated") == 1
    assert serial_of(cast, made_up) in marked[0]
    cover(cast.acme.id, made_up, TODAY + timedelta(20))
    page = client.get(where).content.decode()
    assert len(rows_of(page)) == 3
    assert SIMULATED not in page
    assert "fw-simulated" not in page


def serial_of(cast: Cast, device: int) -> str:
    with tenant_scope([cast.acme.id]):
        return str(Device.objects.get(id=device).serial)


def test_w20_the_warning_is_about_what_is_shown() -> None:
    cast = make_cast()
    (made_up,) = add_devices(cast.acme.id, 1, "Dell")
    add_devices(cast.acme.id, 1, "HP")
    cover(cast.acme.id, made_up, TODAY, simulated=True)
    client, where = signed_in(cast.admin), f"/t/{cast.acme.customer_id}/"
    assert SIMULATED in client.get(where, {"vendor": "Dell"}).content.decode()
    assert SIMULATED not in client.get(where, {"vendor": "HP"}).content.decode()
