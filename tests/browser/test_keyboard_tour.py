"""Views, groups, schedules, forecast and vendor health without a mouse; the focus always seen."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions.reminding import send_reminders
from fleetward.warranty.models import Coverage
from tests.browser.keys import DEVICES, WIDE, desk
from tests.browser.looks import Eye, Look
from tests.browser.test_forecast import months_ahead
from tests.bulk import set_up
from tests.cast import add_devices
from tests.plugins.site import Site

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("look", WIDE, ids=str)
def test_a_filter_becomes_a_view_and_the_view_a_schedule_by_keys(
    live_site: Site, eye: Eye, look: Look
) -> None:
    at = desk(live_site, eye, look, "Kept")
    reader, keys, page, say = at.reader, at.keys, at.reader.page, at.reader.say
    add_devices(at.tenant.id, 2, location="Lyon")
    at.go_to_list()
    more = reader.menu("More filters")
    keys.enter(more.locator("summary"))
    keys.enter(more.get_by_role("link", name=say("Location"), exact=True))
    keys.write(reader.field("Any of these values, each on a line of its own"), "Lyon")
    keys.press("Enter")
    expect(reader.rows).to_have_count(2)

    keys.enter(reader.link("Save view"))
    keys.write(reader.field("Name"), "Offices")
    keys.tab_to(reader.field("Share with all users of this tenant"))
    keys.press("Space", "Enter")
    expect(reader.link("Offices")).to_have_attribute("aria-current", "page")
    reader.look_around("keys-view")
    keys.enter(reader.link("All devices"))
    expect(reader.rows).to_have_count(DEVICES + 2)
    keys.enter(reader.link("Offices"))
    expect(reader.rows).to_have_count(2)

    page.goto(f"{at.home}warranty/schedules/")
    keys.enter(reader.link("New schedule"))
    keys.tab_to(reader.field("View or group"))
    keys.type("Off")
    keys.tab_to(reader.field("How often"))
    keys.press("End")
    keys.enter(reader.button("Make schedule"))
    expect(reader.toast(say("The schedule is made."))).to_be_visible()
    row = page.locator("tbody tr", has_text="Offices")
    keys.enter(row.get_by_role("link", name=say("Edit"), exact=True))
    keys.enter(reader.button("Delete schedule"))
    dialog = page.get_by_role("dialog")
    keys.enter(dialog.get_by_role("button", name=say("Delete schedule")))
    expect(page.get_by_text(say("No schedule yet"))).to_be_visible()
    problems = reader.problems + keys.unseen
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("look", WIDE, ids=str)
def test_selected_devices_become_a_group_by_keys(live_site: Site, eye: Eye, look: Look) -> None:
    at = desk(live_site, eye, look, "Picked")
    reader, keys, page = at.reader, at.keys, at.reader.page
    at.go_to_list()
    keys.press("j", "x", "j", "x", "s")
    bar = page.get_by_role("region", name=reader.say("Selected rows"))
    keys.enter(bar.get_by_role("button", name=reader.say("Add to group"), exact=True))
    keys.write(reader.field("Or a new group"), "Lobby")
    keys.press("Enter")
    added = ("%(n)s device added to %(group)s", "%(n)s devices added to %(group)s")
    expect(reader.toast(reader.say_many(*added, 2, n=2, group="Lobby"))).to_be_visible()
    menu = reader.menu("Group")
    keys.enter(menu.locator("summary"))
    keys.tab_to(menu.get_by_label("Lobby"))
    keys.press("Space", "Enter")
    expect(reader.rows).to_have_count(2)
    page.goto(f"{at.home}groups/")
    keys.enter(reader.rows.get_by_role("link", name="Lobby"))
    expect(reader.rows).to_have_count(2)
    reader.look_around("keys-group")
    problems = reader.problems + keys.unseen
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("look", WIDE, ids=str)
def test_s9_a_month_of_the_calendar_is_opened_by_keys(
    live_site: Site, eye: Eye, look: Look
) -> None:
    at = desk(live_site, eye, look, "Month")
    reader, keys, page, now = at.reader, at.keys, at.reader.page, utc_now()
    first = months_ahead(now.date(), 8)
    with tenant_scope([at.tenant.id]):
        Coverage.objects.filter(tenant_id=at.tenant.id).update(ends_on=first, reason="")
    send_reminders(actor=system_actor("Tests", at.tenant.id), tenant=at.tenant.id, now=now)
    page.goto(f"{at.home}warranty/reminders/")
    keys.enter(reader.link("Calendar"))
    chart = page.locator("figure.fw-chart")
    keys.enter(chart.locator("summary"))
    month = chart.locator(f"tbody a[href$='month={first:%Y-%m}']")
    keys.enter(month.first)
    day = page.locator("main .fw-table tbody tr").first
    keys.enter(day.locator("a[href*='ends_from']").first)
    expect(reader.rows).to_have_count(DEVICES)
    problems = reader.problems + keys.unseen
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("look", WIDE, ids=str)
def test_the_budget_is_priced_by_keys(live_site: Site, eye: Eye, look: Look) -> None:
    at = desk(live_site, eye, look, "Price")
    reader, keys, page = at.reader, at.keys, at.reader.page
    add_devices(at.tenant.id, 2, model="Latitude 5440", purchased_on="2015-01-15")
    page.goto(f"{at.home}warranty/budget/")
    model = page.locator("form tr", has_text="Latitude 5440")
    keys.write(model.locator("input[type=number]"), "150")
    keys.enter(reader.button("Save costs"))
    past = page.locator(".fw-tile").first
    expect(past).to_contain_text(reader.say("cost %(amount)s", amount=300))
    keys.enter(past.locator("a").first)
    expect(reader.rows).to_have_count(2)
    problems = reader.problems + keys.unseen
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("look", WIDE, ids=str)
def test_w3_a_second_secret_is_saved_and_tested_by_keys(
    live_site: Site, eye: Eye, look: Look
) -> None:
    at = desk(live_site, eye, look, "Health")
    reader, keys, page, say = at.reader, at.keys, at.reader.page, at.reader.say
    set_up(at.tenant.id, "dell")
    live_site.simulators.reset()
    page.goto(f"{at.home}warranty/health/")
    dell = page.locator("section#dell")
    keys.enter(dell.get_by_role("link").filter(has_text=say("Settings and last errors")))
    keys.enter(dell.get_by_role("button", name=say("Test connection")))
    expect(dell.locator("h2").first).to_contain_text(say("Working"))
    keys.enter(dell.locator("details summary"))
    keys.write(dell.locator("input[type=password]").first, "CANARY-dell-by-keys")
    keys.enter(dell.get_by_role("button", name=say("Save"), exact=True))
    expect(dell).to_contain_text(say("A new secret waits for its test"))
    keys.enter(dell.get_by_role("button", name=say("Test the new secret")))
    expect(dell).not_to_contain_text(say("A new secret waits for its test"))
    problems = reader.problems + keys.unseen
    assert not problems, "\n".join(problems)
