"""The calendar of reminders for browsers and programs: each number opens its devices (W12)."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from django.test import Client

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.models import Tenant
from fleetward.warranty.actions.reminding import send_reminders
from fleetward.warranty.models import Coverage
from tests.api.conftest import program_of
from tests.cast import Cast, add_devices
from tests.routes import text_of as body_of
from tests.web.reading import numbers, signed_in

pytestmark = pytest.mark.django_db

LATE = 20


def end(tenant: int, devices: list[int], ends_on: date) -> None:
    with tenant_scope([tenant]):
        Coverage.objects.filter(device_id__in=devices).update(
            ends_on=ends_on, reason="", is_simulated=True
        )


@pytest.fixture
def today() -> date:
    return utc_now().date()


@pytest.fixture
def tenant(cast: Cast, today: date) -> int:
    """Ends all over the year, told of until today."""
    tenant = cast.acme.id
    for number in range(25):
        end(tenant, add_devices(tenant, 1 + number % 2), today + timedelta(days=number * 16))
    send_reminders(actor=system_actor("Tests", tenant), tenant=tenant, now=utc_now())
    return tenant


@pytest.fixture
def reader(cast: Cast) -> Client:
    return signed_in(cast.reader)


def place(cast: Cast, query: str = "") -> str:
    return f"/t/{cast.acme.customer_id}/warranty/reminders/calendar/{query}"


def shown(cast: Cast, client: Client, query: str = "") -> str:
    return client.get(place(cast, query)).content.decode()


def in_list(client: Client, href: str) -> int:
    listed = body_of(client.get(href.replace("/devices/", "/devices/export.csv", 1)))
    return len(list(csv.reader(io.StringIO(listed)))) - 1


def lists(page: str) -> set[tuple[int, str]]:
    found = numbers(page, tables=True)
    return {(int(text), href) for text, href in found if text.isdigit() and "/devices/?" in href}


def test_w12_each_number_of_a_month_opens_its_devices(
    cast: Cast, tenant: int, reader: Client
) -> None:
    page = shown(cast, reader)
    behind = lists(page)
    assert len(behind) > 15
    for number, href in behind:
        assert in_list(reader, href) == number, href
    assert "The next twelve months" in page
    assert "Simulated" in page


def test_w12_each_number_of_a_day_opens_its_devices(
    cast: Cast, tenant: int, reader: Client, today: date
) -> None:
    after = (today.replace(day=1) + timedelta(days=65)).replace(day=1)
    behind = lists(shown(cast, reader, f"?month={after:%Y-%m}"))
    assert behind
    for number, href in behind:
        assert in_list(reader, href) == number, href


def test_late_reminders_are_counted_and_listed_with_the_days_of_their_month(
    cast: Cast, tenant: int, reader: Client, today: date
) -> None:
    end(tenant, add_devices(tenant, 2), today + timedelta(days=LATE))
    next_on = today + timedelta(days=1)
    page = shown(cast, reader)
    assert "4 reminders are late" in page
    assert f"?month={next_on:%Y-%m}#late" in page
    page = shown(cast, reader, f"?month={next_on:%Y-%m}")
    assert "Late, told on" in page
    assert page.count("data-href") == 4


@pytest.mark.parametrize("query", ["?month=", "?month=x", "?month=2026-13", "?month=99999-01"])
def test_a_month_that_makes_no_sense_is_the_year(cast: Cast, reader: Client, query: str) -> None:
    assert "The next twelve months" in shown(cast, reader, query)


@pytest.mark.parametrize("month", ["2020-01", "9999-12"])
def test_a_month_out_of_reach_is_empty(cast: Cast, reader: Client, month: str) -> None:
    assert "Nothing will be sent" in shown(cast, reader, f"?month={month}")


def test_without_thresholds_nothing_will_be_sent(cast: Cast, tenant: int, reader: Client) -> None:
    Tenant.objects.filter(id=tenant).update(reminder_days=[])
    page = shown(cast, reader)
    assert "switched off" in page
    assert "No reminder is due in these months" in page


def test_c6_programs_get_the_same_calendar(cast: Cast, tenant: int, today: date) -> None:
    program = program_of(cast.reader, cast.acme)
    year = program.get("/warranty-reminders/forecast").json()
    assert len(year["months"]) == 13
    busy = next(one for one in year["months"][1:] if one["reminders"])
    days = program.get(f"/warranty-reminders/forecast/days?month={busy['first']}").json()
    assert days["next_on"] == year["next_on"] == (today + timedelta(days=1)).isoformat()
    assert sum(one["reminders"] for one in days["days"]) == busy["reminders"]
    this_month = program.get("/warranty-reminders/forecast/days").json()
    assert sum(one["reminders"] for one in this_month["days"]) == year["months"][0]["reminders"]
    assert program.get("/warranty-reminders/forecast/days?month=x").status_code == 422


def test_a_year_of_one_tenant_shows_nothing_of_another(cast: Cast, tenant: int) -> None:
    outsider = program_of(cast.outsider, cast.other)
    year = outsider.get("/warranty-reminders/forecast").json()
    assert sum(one["reminders"] for one in year["months"]) == 0
    assert signed_in(cast.outsider).get(place(cast)).status_code == 404


def test_reminders_that_were_not_sent_are_told_on_both_tabs(
    cast: Cast, reader: Client, today: date
) -> None:
    tenant, before = cast.acme.id, utc_now() - timedelta(days=3)
    send_reminders(actor=system_actor("Tests", tenant), tenant=tenant, now=before)
    end(tenant, add_devices(tenant, 1), today + timedelta(days=5))
    for where in (place(cast), place(cast).replace("calendar/", "")):
        page = reader.get(where).content.decode()
        assert "3 reminders were due and have not been sent, since" in page
    found = program_of(cast.reader, cast.acme).get("/warranty-reminders/forecast").json()
    assert found["unsent"] == {
        "since": (before.date() + timedelta(days=1)).isoformat(),
        "reminders": 3,
        "devices": 1,
    }
