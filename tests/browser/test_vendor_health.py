"""Vendor health in a real browser: a vendor that refuses, and a second secret beside the first."""

from __future__ import annotations

from functools import partial

import pytest
from playwright.sync_api import expect

from fleetward.identity.models import User
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.contracts import Role
from fleetward.warranty.actions.runs import start_run
from tests.browser.looks import LOOKS, Eye, Look
from tests.browser.reader import reader_of
from tests.bulk import row_of, set_up
from tests.cast import actor_of, add_devices, make_tenant, make_user
from tests.plugins.site import Site
from tests.races import wait_until

pytestmark = pytest.mark.browser
NEW_SECRET = "CANARY-dell-of-next-year"


def ask_vendors(site: Site, tenant: int, user: User) -> None:
    """A bulk processing from its beginning to its end."""
    run = start_run(actor=actor_of(user), tenant=tenant, now=utc_now())
    log = partial(site.log_of, "worker")
    wait_until(lambda: not row_of(tenant, run.id).state.is_open, log, seconds=20)


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_w3_w15_a_second_secret_waits_beside_the_first_and_a_refusal_is_shown(
    live_site: Site, eye: Eye, look: Look
) -> None:
    tenant = make_tenant(f"Acme {look}")
    admin = make_user(roles={tenant.id: Role.IT_ADMIN})
    set_up(tenant.id, "dell", "lenovo")
    add_devices(tenant.id, 3)
    add_devices(tenant.id, 2, "Lenovo")
    live_site.simulators.reset()
    ask_vendors(live_site, tenant.id, admin)
    reader = reader_of(admin, live_site, look, eye)
    page, say = reader.page, reader.say
    waits, failed = say("A new secret waits for its test"), say("The new secret failed its test")
    board = f"{live_site.url}/t/{tenant.customer_id}/warranty/health/"
    dell, lenovo = page.locator("section#dell"), page.locator("section#lenovo")
    page.goto(board)
    expect(dell.locator("h2")).to_contain_text(say("Working"))

    dell.get_by_role("link").filter(has_text=say("Settings and last errors")).click()
    dell.locator("details summary").click()
    dell.locator("input[type=password]").first.fill(NEW_SECRET)
    dell.get_by_role("button", name=say("Save"), exact=True).click()
    expect(dell).to_contain_text(waits)
    reader.look_around("health-second-secret")
    page.goto(board)
    expect(dell.locator("h2")).to_contain_text(say("Working"))
    reader.look_around("health-waiting")
    live_site.simulators.dial("dell", refuse_credentials=True, expire_token=True)
    dell.get_by_role("link", name=waits).click()
    dell.get_by_role("button", name=say("Test the new secret")).click()
    expect(dell).to_contain_text(failed)

    ask_vendors(live_site, tenant.id, admin)
    page.goto(board)
    expect(dell.locator("h2")).to_contain_text(say("Credentials refused"))
    expect(dell).to_contain_text(say("What the vendor said"))
    expect(lenovo.locator("h2")).to_contain_text(say("Working"))
    refused = dell.locator(".fw-reasons a")
    expect(refused).to_contain_text(say("Credentials refused"))
    expect(refused.locator(".fw-num")).to_have_text("3")
    reader.look_around("health-refused")
    refused.click()
    expect(reader.rows).to_have_count(3)

    live_site.simulators.dial("dell", refuse_credentials=False)
    page.goto(board)
    dell.get_by_role("link", name=failed).click()
    dell.get_by_role("button", name=say("Test the new secret")).click()
    expect(dell).not_to_contain_text(failed)
    page.goto(board)
    expect(dell.locator("h2")).to_contain_text(say("Working"))
    expect(dell).not_to_contain_text(say("New secret"))
    assert NEW_SECRET not in page.content()
    assert not reader.problems, "\n".join(reader.problems)
