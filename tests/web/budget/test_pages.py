"""The replacement budget as a page, a file and data: each number opens the list behind it (W12)."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta

import pytest
from django.test import Client

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.warranty.models import Coverage, ReplacementCost
from tests.cast import Cast, add_devices
from tests.objects import token_of
from tests.routes import text_of as body_of
from tests.web.reading import numbers, signed_in, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant(cast: Cast) -> int:
    """Devices of many ages, told by each of the three days, and of none."""
    tenant, today = cast.acme.id, utc_now().date()
    for number, days in enumerate(range(0, 3_600, 150)):
        day = today - timedelta(days=days)
        model = ("Latitude 5440", "EliteBook 840", "")[number % 3]
        if number % 4 == 0:
            add_devices(tenant, 1 + number % 3, model=model, purchased_on=day)
            continue
        devices = add_devices(tenant, 1 + number % 2, "HP", model=model)
        told = {"ships_on": day} if number % 4 == 1 else {"starts_on": day}
        with tenant_scope([tenant]):
            Coverage.objects.filter(device_id__in=devices).update(**told)
    add_devices(tenant, 2, model="Latitude 5440")
    return tenant


def place(cast: Cast, tail: str = "") -> str:
    return f"/t/{cast.acme.customer_id}/warranty/budget/{tail}"


def bearer(cast: Cast) -> dict[str, str]:
    return {"host": "localhost", "authorization": f"Bearer {token_of(cast.acme, cast.admin)}"}


def in_list(client: Client, href: str) -> int:
    listed = body_of(client.get(href.replace("/devices/", "/devices/export.csv", 1)))
    return len(list(csv.reader(io.StringIO(listed)))) - 1


@pytest.mark.parametrize("years", [3, 5])
def test_w12_each_number_opens_the_list_behind_it(cast: Cast, tenant: int, years: int) -> None:
    client = signed_in(cast.admin)
    page = client.get(place(cast, f"?years={years}")).content.decode()
    found = {
        (int(text), href) for text, href in numbers(page, tables=True) if text.isdigit() and href
    }
    of_devices = {(number, href) for number, href in found if "/devices/?" in href}
    # All periods, the tiles, and of five models all devices and those that are due.
    assert len(of_devices) >= 15 + 1 + 5 * 2
    assert sum(number > 0 for number, _ in of_devices) > 15
    for number, href in of_devices:
        assert in_list(client, href) == number, href


@pytest.mark.parametrize("years", ["", "0", "16", "x", "99999", "٥"])
def test_an_age_that_makes_no_sense_is_five_years(cast: Cast, tenant: int, years: str) -> None:
    assert "5 years or older" in text_of(signed_in(cast.reader).get(place(cast, f"?years={years}")))


def test_costs_are_kept_and_counted(cast: Cast, tenant: int) -> None:
    client = signed_in(cast.admin)
    form = {"default": "10", "maker": ["HP", ""], "model": ["EliteBook 840", ""], "was": ["", ""]}
    sent = client.post(place(cast, "costs/?years=3"), {**form, "cost": ["1000", "7"]})
    assert (sent.status_code, sent["Location"]) == (302, place(cast, "?years=3"))
    with tenant_scope([tenant]):
        kept = ReplacementCost.objects.order_by("cost").values_list("manufacturer", "model", "cost")
        assert list(kept) == [("", "", 10), ("HP", "EliteBook 840", 1_000)]
    page = client.get(place(cast, "?years=3")).content.decode()
    assert 'value="1000"' in page
    assert 'placeholder="10"' in page
    assert "2 costs changed." in page
    file = body_of(client.get(place(cast, "export.csv"))).removeprefix(
        "\N{ZERO WIDTH NO-BREAK SPACE}"
    )
    rows = list(csv.DictReader(io.StringIO(file)))
    assert rows[0]["Model"] == "EliteBook 840"
    for row in rows:
        one = 1_000 if (row["Manufacturer"], row["Model"]) == ("HP", "EliteBook 840") else 10
        assert int(row["Cost of one"]) == one
        assert int(row["Cost: Due already"]) == one * int(row["Devices: Due already"])


@pytest.mark.parametrize("cost", ["-1", "1.5", "x", "10000001", "99999999999"])
def test_a_cost_that_is_no_number_is_refused(cast: Cast, tenant: int, cost: str) -> None:
    form = {"maker": "HP", "model": "EliteBook 840", "was": "", "cost": cost}
    answer = signed_in(cast.admin).post(place(cast, "costs/"), form)
    assert answer.status_code == 422
    assert "A cost is a whole number from 0 to 10,000,000." in text_of(answer)
    with tenant_scope([tenant]):
        assert not ReplacementCost.objects.exists()


def test_fields_that_nobody_changed_leave_what_others_have_set(cast: Cast, tenant: int) -> None:
    client, other = signed_in(cast.admin), signed_in(cast.admin)
    stale = {"default_was": "", "default": "", "maker": ["HP", "Dell"]}
    stale |= {"model": ["EliteBook 840", "Latitude 5440"], "was": ["", ""]}
    other.post(place(cast, "costs/"), {**stale, "default": "10", "cost": ["1000", ""]})
    client.post(place(cast, "costs/"), {**stale, "cost": ["", "700"]})
    with tenant_scope([tenant]):
        kept = ReplacementCost.objects.order_by("cost").values_list("model", "cost")
        assert list(kept) == [("", 10), ("Latitude 5440", 700), ("EliteBook 840", 1_000)]
    page = client.get(place(cast)).content.decode()
    assert 'name="was" value="700"' in page
    assert 'name="default_was" value="10"' in page


def test_a_page_of_the_release_before_sends_all_its_costs(cast: Cast, tenant: int) -> None:
    """It does not tell what its fields showed."""
    client = signed_in(cast.admin)
    form = {"default": "10", "maker": ["HP", "Dell", "Dell"]}
    form |= {"model": ["EliteBook 840", "Latitude 5440", ""], "cost": ["1000", "700", ""]}
    client.post(place(cast, "costs/"), form)
    assert "3 costs changed." in client.get(place(cast)).content.decode()
    client.post(place(cast, "costs/"), {**form, "default": "", "cost": ["", "700", ""]})
    assert "2 costs changed." in client.get(place(cast)).content.decode()
    with tenant_scope([tenant]):
        assert list(ReplacementCost.objects.values_list("model", "cost")) == [
            ("Latitude 5440", 700)
        ]


def test_what_is_typed_beside_a_cost_that_is_refused_is_not_lost(cast: Cast, tenant: int) -> None:
    client = signed_in(cast.admin)
    form = {"default_was": "", "default": "33", "maker": ["HP", "Dell"], "was": ["", ""]}
    form |= {"model": ["EliteBook 840", "Latitude 5440"], "cost": ["-1", "700"]}
    answer = client.post(place(cast, "costs/"), form)
    assert answer.status_code == 422
    page = answer.content.decode()
    for value in ("33", "-1", "700"):
        assert page.count(f'value="{value}"') == 1
    assert 'name="default_was" value=""' in page


def test_where_no_cost_is_known_none_is_told(cast: Cast, tenant: int) -> None:
    client = signed_in(cast.admin)
    page = client.get(place(cast))
    assert text_of(page).count("no costs entered") == 2
    assert "No costs entered yet" in text_of(page)
    assert sums_of(page.content.decode()) == {"–"}
    form = {"maker": "HP", "model": "EliteBook 840", "was": "", "cost": "1000"}
    client.post(place(cast, "costs/"), form)
    told = text_of(client.get(place(cast)))
    assert re.search(r"cost \d,000, without \d+ devices? that ha", told)
    assert re.search(r"No cost is entered for \d+ devices: the sums leave them out\.", told)
    client.post(place(cast, "costs/"), {"default": "10"})
    told = text_of(client.get(place(cast)))
    assert "without" not in told
    assert "leave them out" not in told


def sums_of(page: str) -> set[str]:
    """The last column of the last table."""
    body = page.rpartition("<tbody")[2].partition("</tbody>")[0]
    rows = [re.findall(r"<t[dh].*?</t[dh]>", row, re.DOTALL) for row in body.split("</tr>")]
    return {re.sub(r"<[^>]+>", "", row[-1]).strip() for row in rows if row}


def test_a_reader_sees_costs_and_no_fields(cast: Cast, tenant: int) -> None:
    page = signed_in(cast.reader).get(place(cast)).content.decode()
    assert 'name="cost"' not in page
    assert "export.csv" in page


def test_without_devices_the_page_says_what_comes(cast: Cast) -> None:
    for language, words in (("en", "No devices yet"), ("fr", "Aucun appareil")):
        cast.admin.language = language
        cast.admin.save()
        assert words in text_of(signed_in(cast.admin).get(place(cast)))


def test_every_model_is_reached_and_priced_by_page_and_by_name(cast: Cast) -> None:
    """A hundred have costs, and cost more than those that have none."""
    tenant, old = cast.acme.id, date(2020, 1, 1)
    for number in range(103):
        add_devices(tenant, 1, model=f"M{number:03d}", purchased_on=old)
    with tenant_scope([tenant]):
        ReplacementCost.objects.bulk_create(
            ReplacementCost(tenant_id=tenant, manufacturer="Dell", model=f"M{number:03d}", cost=9)
            for number in range(102)
        )
    client = signed_in(cast.admin)
    first, second = (fields_of(client, place(cast, f"?page={page}")) for page in (1, 2))
    assert first[0] == "M102"
    assert (len(first), len(second), len({*first, *second})) == (100, 3, 103)
    assert fields_of(client, place(cast, "?page=99")) == second
    assert fields_of(client, place(cast, "?q=m101+DELL")) == ["M101"]
    assert 'rel="next"' in client.get(place(cast)).content.decode()
    form = {"maker": "Dell", "model": "M102", "was": "", "cost": "70"}
    sent = client.post(place(cast, "costs/?years=4&q=m102&page=2"), form)
    assert sent["Location"] == place(cast, "?years=4&q=m102&page=2")
    with tenant_scope([tenant]):
        assert ReplacementCost.objects.filter(cost=9).count() == 102
        assert ReplacementCost.objects.get(cost=70).model == "M102"
    rows = list(csv.reader(io.StringIO(body_of(client.get(place(cast, "export.csv"))))))
    assert len(rows) == 104


def test_a_search_of_models_is_kept_and_may_find_none(cast: Cast, tenant: int) -> None:
    page = signed_in(cast.admin).get(place(cast, "?years=3&q=%3Cb%3E"))
    assert "No model has this name." in text_of(page)
    told = page.content.decode()
    assert told.count('name="q" value="&lt;b&gt;"') == 2
    assert 'name="cost"' not in told
    assert '<input type="hidden" name="years" value="3">' in told


def fields_of(client: Client, address: str) -> list[str]:
    """The models that have a field, in their order."""
    return re.findall(r'name="model" value="([^"]*)"', client.get(address).content.decode())


def test_a_cost_without_devices_is_seen_and_taken_away(cast: Cast) -> None:
    client = signed_in(cast.admin)
    one = {"manufacturer": "dell inc.", "model": "Latitude 5450 ", "cost": 900}
    put = Client(headers=bearer(cast)).put(
        "/api/v1/budget/costs", {"costs": [one]}, content_type="application/json"
    )
    (told,) = put.json()["models"]
    assert (told["manufacturer"], told["model"], told["cost"]) == ("Dell", "Latitude 5450", 900)
    assert (told["has_own_cost"], set(told["devices"])) == (True, {0})
    page = client.get(place(cast)).content.decode()
    assert 'aria-label="Cost of one Dell Latitude 5450"' in page
    form = {"maker": "Dell", "model": "Latitude 5450", "was": "900", "cost": ""}
    assert client.post(place(cast, "costs/"), form).status_code == 302
    with tenant_scope([cast.acme.id]):
        assert not ReplacementCost.objects.exists()


def test_costs_without_devices_come_last(cast: Cast) -> None:
    tenant = cast.acme.id
    for number in range(101):
        add_devices(tenant, 1, model=f"M{number:03d}")
    with tenant_scope([tenant]):
        ReplacementCost.objects.bulk_create(
            ReplacementCost(tenant_id=tenant, manufacturer="HP", model=f"N{number}", cost=5)
            for number in range(102)
        )
    client = signed_in(cast.admin)
    pages = [fields_of(client, place(cast, f"?page={page}")) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [100, 100, 3]
    assert {name[0] for name in pages[0]} == {"M"}
    assert {name[0] for name in pages[2]} == {"N"}


def test_the_data_are_those_of_the_page(cast: Cast, tenant: int) -> None:
    client = Client(headers=bearer(cast))
    costs = [{"cost": 10}, {"manufacturer": "HP", "model": "EliteBook 840", "cost": 1_000}]
    put = client.put(
        "/api/v1/budget/costs", {"costs": costs}, content_type="application/json"
    ).json()
    assert (put["default_cost"], put["without_cost"], put["years"]) == (10, 0, 5)
    told = client.get("/api/v1/budget?years=3").json()
    assert told["models"][0]["has_own_cost"] is True
    for place_of, period in enumerate(told["periods"]):
        lines = told["models"]
        assert period["devices"] == sum(line["devices"][place_of] for line in lines)
        amount = sum(line["devices"][place_of] * line["cost"] for line in lines)
        assert period["amount"] == amount
    assert client.get("/api/v1/budget?years=0").status_code == 422


@pytest.mark.parametrize(
    ("costs", "word"),
    [
        ([{"cost": True}], "integer"),
        ([{"cost": "950"}], "integer"),
        ([{"cost": 1}, {"cost": None}], "budget_cost_twice"),
    ],
)
def test_data_that_are_no_costs_are_refused(
    cast: Cast, tenant: int, costs: list[dict[str, object]], word: str
) -> None:
    put = Client(headers=bearer(cast)).put(
        "/api/v1/budget/costs", {"costs": costs}, content_type="application/json"
    )
    assert put.status_code == 422
    assert word in put.content.decode()


def test_beside_the_mark_of_what_is_due_already_the_chart_has_no_other(
    cast: Cast, tenant: int
) -> None:
    page = signed_in(cast.admin).get(place(cast)).content.decode()
    marks = re.findall(r'<li class="(is-\w+)"', page.partition("fw-bars-months")[2])
    assert marks[:2] == ["is-always", "is-minor"]
