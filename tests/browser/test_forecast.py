"""What is to come, in a real browser: the calendar of reminders, and the replacement budget.

Each number leads to as many devices, in the chart, in its table and in the file.
"""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.contracts import Role, TenantRow
from fleetward.warranty.actions.reminding import send_reminders
from fleetward.warranty.models import Coverage
from tests.browser.looks import LOOKS, Eye, Look
from tests.browser.reader import Reader, reader_of
from tests.cast import add_devices, make_tenant, make_user
from tests.plugins.site import Site

pytestmark = pytest.mark.browser
COST = 150
MODEL = "Latitude 5440"


def at_work(site: Site, eye: Eye, look: Look) -> tuple[Reader, TenantRow]:
    """A tenant whose administrator has signed in."""
    tenant = make_tenant(f"Acme {look}")
    user = make_user(roles={tenant.id: Role.IT_ADMIN})
    return reader_of(user, site, look, eye), tenant


def months_ahead(day: date, months: int) -> date:
    """The 15th of a later month: no day near the end of one."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 15)


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_s9_the_calendar_tells_which_reminders_are_to_come(
    live_site: Site, eye: Eye, look: Look
) -> None:
    reader, tenant = at_work(live_site, eye, look)
    page, say, now = reader.page, reader.say, utc_now()
    # Reminders of what ends in the eighth month come in that one and in those before it.
    for months, count in ((4, 2), (8, 3)):
        devices = add_devices(tenant.id, count)
        with tenant_scope([tenant.id]):
            Coverage.objects.filter(device_id__in=devices).update(
                ends_on=months_ahead(now.date(), months), reason=""
            )
    send_reminders(actor=system_actor("Tests", tenant.id), tenant=tenant.id, now=now)

    page.goto(f"{live_site.url}/t/{tenant.customer_id}/warranty/reminders/")
    reader.link("Calendar").click()
    expect(reader.heading).to_have_text(say("Calendar of reminders"))
    chart = page.locator("figure.fw-chart")
    expect(chart.locator(".fw-bars-plot rect:not(.fw-bars-hit)").first).to_be_visible()
    reader.look_around("calendar")
    chart.locator("summary").click()
    # Twelve months, and what is left of this one.
    bars = chart.locator(".fw-bars-plot a").count()
    assert bars in {12, 13}
    expect(chart.locator("tbody tr")).to_have_count(bars)
    reader.look_around("calendar-table")

    first = months_ahead(now.date(), 8).replace(day=1)
    page.locator(f"main a[href$='month={first:%Y-%m}']:visible").last.click()
    expect(page).to_have_url(f"{page.url.partition('?')[0]}?month={first:%Y-%m}")
    days = page.locator("main .fw-table tbody tr")
    expect(days.first).to_be_visible()
    reader.look_around("calendar-month")
    number = days.first.locator("a[href*='ends_from']").first
    expect(number).to_have_text("3")
    number.click()
    expect(reader.rows).to_have_count(3)
    page.go_back()
    reader.link("All months").click()
    expect(chart).to_be_visible()
    assert not reader.problems, "\n".join(reader.problems)


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_the_budget_is_read_priced_and_kept_as_a_file(
    live_site: Site, eye: Eye, look: Look
) -> None:
    reader, tenant = at_work(live_site, eye, look)
    page, say, today = reader.page, reader.say, utc_now().date()
    for years, count in ((6, 2), (3, 3)):
        day = today - timedelta(days=365 * years + 30)
        add_devices(tenant.id, count, model=MODEL, purchased_on=day)
    add_devices(tenant.id, 1, model=MODEL)

    page.goto(f"{live_site.url}/t/{tenant.customer_id}/warranty/budget/")
    expect(page.locator("figure.fw-chart .fw-bars-plot a").first).to_be_visible()
    reader.look_around("budget")
    model = page.locator("form tr", has_text=MODEL)
    model.locator("input[type=number]").fill(str(COST))
    reader.button("Save costs").click()
    past = page.locator(".fw-tile").first
    expect(past).to_contain_text(say("cost %(amount)s", amount=2 * COST))
    reader.look_around("budget-priced")

    reader.field("Replace after").select_option("3")
    reader.button("Show").click()
    expect(past.locator(".fw-tile-number")).to_have_text("5")
    with page.expect_download() as download:
        reader.link("Export CSV").click()
    (line,) = rows_of(download.value.path())
    due = say("Due already")
    assert line[say("Devices: %(period)s", period=due)] == "5"
    assert line[say("Cost: %(period)s", period=due)] == str(5 * COST)
    past.locator("a").first.click()
    expect(reader.rows).to_have_count(5)
    assert not reader.problems, "\n".join(reader.problems)


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))
