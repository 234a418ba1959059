"""Gaps and doubles as a page, a file and data: each number opens the list behind it (W12)."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta

import pytest
from django.test import Client

from fleetward.audit.models import Entry
from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.warranty.models import Entitlement
from tests.cast import NOW, Cast, add_devices
from tests.objects import token_of
from tests.routes import text_of as body_of
from tests.web.reading import numbers, signed_in, text_of

pytestmark = pytest.mark.django_db
ROWS = re.compile(r'<tr data-href="([^"]+)">')


def add_line(tenant: int, device: int, first: date, latest: date | None, **fields: object) -> None:
    known: dict[str, object] = {"source": "dell", "code": "ND", "name": "Next day"}
    known |= {"kind": "EXTENSION", "is_rolling": latest is None}
    with tenant_scope([tenant]):
        Entitlement.objects.create(
            tenant_id=tenant,
            device_id=device,
            line_key=str(Entitlement.objects.count()),
            starts_on=first,
            ends_on=latest,
            recorded_at=NOW,
            **(known | fields),
        )


@pytest.fixture
def today() -> date:
    return utc_now().date()


@pytest.fixture
def tenant(cast: Cast, today: date) -> int:
    """55 gaps to come of 20 days each, one of them begun, 3 past ones, and 2 doubles."""
    tenant, day = cast.acme.id, timedelta(days=1)
    for number, device in enumerate(add_devices(tenant, 58, model="Latitude 5440")):
        begins = today + (10 * number - 5 if number < 55 else -40) * day
        add_line(tenant, device, begins - 365 * day, begins - day, kind="BASE")
        add_line(tenant, device, begins + 20 * day, begins + 400 * day, name="ProSupport")
    one, other = add_devices(tenant, 2)
    add_line(tenant, one, today - 100 * day, today + 100 * day, number="C-1")
    add_line(tenant, one, today, today + 300 * day, number="=C-2")
    for number in ("1", "2"):
        add_line(tenant, other, today, None, number=number, is_simulated=True)
    return tenant


def place(cast: Cast, tail: str = "") -> str:
    return f"/t/{cast.acme.customer_id}/warranty/gaps/{tail}"


def listed(client: Client, cast: Cast, query: str = "") -> list[dict[str, str]]:
    file = body_of(client.get(place(cast, f"export.csv{query}")))
    return list(csv.DictReader(io.StringIO(file.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"))))


def test_w12_each_number_opens_the_list_behind_it(cast: Cast, tenant: int) -> None:
    client = signed_in(cast.admin)
    page = client.get(place(cast)).content.decode()
    found = {(int(text), href) for text, href in numbers(page) if text.isdigit() and href}
    assert len(found) >= 3 + 7
    assert {number for number, href in found if "quarter" not in href} == {55, 3, 2}
    for number, href in found:
        assert len(listed(client, cast, href.removeprefix(place(cast)))) == number, href


def test_all_pages_together_are_the_file(cast: Cast, tenant: int) -> None:
    client = signed_in(cast.admin)
    first = client.get(place(cast)).content.decode()
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = client.get(following[1].replace("&amp;", "&")).content.decode()
    assert "Gaps to come by quarter" not in second
    assert "Back to the first page" in second
    shown = ROWS.findall(first) + ROWS.findall(second)
    with tenant_scope([tenant]):
        uids = dict(Device.objects.values_list("serial", "uid"))
    rows = listed(client, cast)
    assert [href.split("/")[-2] for href in shown] == [
        str(uids[row["Serial number"]]) for row in rows
    ]
    assert {row["Days"] for row in rows} == {"20"}
    assert {row["Entitlement"] for row in rows} == {"ProSupport"}
    assert [row["From"] for row in rows] == sorted(row["From"] for row in rows)


def test_a_gap_that_has_begun_says_so(cast: Cast, tenant: int) -> None:
    text = text_of(signed_in(cast.reader).get(place(cast)))
    assert text.count("Now without cover") == 1
    assert "55 devices, 1,100 days without cover" in text


def test_a_double_names_both_contracts(cast: Cast, tenant: int, today: date) -> None:
    client = signed_in(cast.admin)
    text = text_of(client.get(place(cast, "?kind=DOUBLE")))
    assert "2 devices, 2 not over yet" in text
    assert "Extension · C-1 · " in text
    endless, ending = listed(client, cast, "?kind=DOUBLE")
    assert (endless["To"], endless["Days"], endless["Simulated"]) == ("No end date", "", "yes")
    assert (ending["From"], ending["Days"]) == (today.isoformat(), "101")
    assert (ending["Number"], ending["Second: Number"]) == ("C-1", "'=C-2")


def test_the_page_of_a_device_shows_its_gap_and_its_double(
    cast: Cast, tenant: int, today: date
) -> None:
    client = signed_in(cast.reader)
    for query, words, mark in (
        ("?kind=GAP_PAST", "Days without cover between two entitlements", "is-gap"),
        ("?kind=DOUBLE", "The same service is bought twice for the same days", "is-double"),
    ):
        page = client.get(place(cast, query)).content.decode()
        for href in ROWS.findall(page):
            device = client.get(href).content.decode()
            assert words in device
            # A bar for each of the two lines, and one in the legend.
            assert device.count(f'class="{mark}"') == 3


@pytest.mark.parametrize(
    "query", ["?kind=x", "?quarter=x", "?quarter=2026-02-30", "?quarter=1999-01-01", "?kind="]
)
def test_an_address_that_makes_no_sense_shows_the_gaps_to_come(
    cast: Cast, tenant: int, query: str
) -> None:
    assert len(listed(signed_in(cast.admin), cast, query)) == 55


def test_a_quarter_says_which_and_leads_back_to_all(cast: Cast, tenant: int, today: date) -> None:
    first = date(today.year + 1, 1, 1)
    text = text_of(signed_in(cast.reader).get(place(cast, f"?quarter={first}")))
    assert f"Those with days in Q1 {first.year}. Show all" in text


def test_without_any_the_page_says_what_will_stand_there(cast: Cast) -> None:
    text = text_of(signed_in(cast.reader).get(place(cast)))
    assert "No gaps and no doubles" in text
    assert "Gaps to come by quarter" not in text


def test_of_a_kind_without_any_the_page_says_so(cast: Cast, today: date) -> None:
    (device,) = add_devices(cast.acme.id, 1)
    for number in ("1", "2"):
        add_line(cast.acme.id, device, today, None, number=number)
    client = signed_in(cast.admin)
    page = client.get(place(cast))
    assert "No device loses its cover before another entitlement begins." in text_of(page)
    assert "export.csv" not in page.content.decode()
    assert listed(client, cast) == []


def test_w20_numbers_of_simulated_answers_are_marked_whatever_is_listed(
    cast: Cast, tenant: int
) -> None:
    client = signed_in(cast.admin)
    warning = "Some answers come from a simulator"
    assert {row["Entitlement"] for row in listed(client, cast)} == {"ProSupport"}
    assert warning in text_of(client.get(place(cast)))
    with tenant_scope([tenant]):
        Entitlement.objects.update(is_simulated=False)
    assert warning not in text_of(client.get(place(cast)))


def test_a_file_leaves_a_trace(cast: Cast, tenant: int) -> None:
    listed(signed_in(cast.admin), cast, "?kind=GAP_PAST")
    with tenant_scope([tenant]):
        entry = Entry.objects.get(verb="device.exported")
    assert entry.details == {"flaws": 3, "filter": {"kind": "GAP_PAST"}}


def test_the_data_are_those_of_the_page(cast: Cast, tenant: int) -> None:
    headers = {"host": "localhost", "authorization": f"Bearer {token_of(cast.acme, cast.admin)}"}
    client = Client(headers=headers)
    first = client.get("/api/v1/warranty-gaps?limit=50").json()
    rest = client.get(f"/api/v1/warranty-gaps?limit=50&cursor={first['next']}").json()
    serials = [one["serial"] for one in first["items"] + rest["items"]]
    rows = listed(signed_in(cast.admin), cast)
    assert serials == [row["Serial number"] for row in rows]
    assert rest["next"] is None
    summary = client.get("/api/v1/warranty-gaps/summary").json()
    assert [(one["kind"], one["number"]) for one in summary["counts"]] == [
        ("GAP_AHEAD", 55),
        ("GAP_PAST", 3),
        ("DOUBLE", 2),
    ]
    for quarter in summary["quarters"]:
        days = f"days_from={quarter['first']}&days_to={quarter['latest']}"
        found = client.get(f"/api/v1/warranty-gaps?limit=1000&{days}").json()["items"]
        assert len(found) == quarter["gaps"]
    (endless, ending) = client.get("/api/v1/warranty-gaps?kind=DOUBLE").json()["items"]
    assert (endless["ends_on"], endless["days"], endless["is_simulated"]) == (None, None, True)
    assert [line["number"] for line in ending["entitlements"]] == ["C-1", "=C-2"]
