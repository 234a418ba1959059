"""A company signs itself up in a real browser, with the mail that a worker sends (T13)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import expect
from pytest_django.plugin import DjangoDbBlocker

from fleetward.cli.ports import free_port
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.signing_up.actions import change_door
from fleetward.tenancy.signing_up.contracts import Door
from tests.browser.looks import LOOKS, Eye, Look
from tests.browser.reader import Reader
from tests.cast import PASSWORD, actor_of, make_vendor
from tests.plugins.database import committed_database
from tests.plugins.site import Site, running_site
from tests.races import wait_until
from tests.simulators import running_simulators
from tests.web.account.test_mail import Box

pytestmark = pytest.mark.browser
LINK = re.compile(r"http://\S+/signup/\S+")


@dataclass(frozen=True)
class Mailing:
    site: Site
    box: Box


@pytest.fixture(scope="module")
def mailing(django_db_blocker: DjangoDbBlocker) -> Iterator[Mailing]:
    """An installation that lets companies sign up, with a mail server."""
    box, port = Box(), free_port()
    server = Controller(box, hostname="127.0.0.1", port=port)
    with (
        pytest.MonkeyPatch.context() as patch,
        committed_database(django_db_blocker) as database,
        running_simulators() as simulators,
    ):
        for name, value in (("HOST", "127.0.0.1"), ("PORT", str(port)), ("USE_TLS", "false")):
            patch.setenv(f"FLEETWARD_MAIL__{name}", value)
        server.start()
        vendor, operator = make_vendor()
        door = Door(is_open=True, terms_version="2026-11", terms_text="Be fair.")
        change_door(actor=actor_of(operator), tenant=vendor.id, door=door, now=utc_now())
        with running_site(database, simulators) as site:
            yield Mailing(site, box)
        server.stop()


@pytest.mark.parametrize("look", LOOKS[1:4:2], ids=str)
def test_t13_a_company_signs_itself_up(mailing: Mailing, eye: Eye, look: Look) -> None:
    reader = Reader(eye.page(look, mailing.site), mailing.site, look, eye)
    page, email = reader.page, f"boss-{look}@initech.example"
    page.goto(f"{mailing.site.url}/account/login/")
    reader.look_around("sign-in-open")
    reader.link("Sign up your company").click()
    reader.field("Company name").fill(f"Initech {look}")
    page.get_by_label(reader.say("United States and Asia")).check()
    reader.field("Your name").fill("Peter Gibbons")
    reader.field("Your email address").fill(email)
    page.get_by_label(reader.say("I accept the terms for my company")).check()
    reader.look_around("sign-up")
    reader.button("Send me the link").click()
    expect(reader.heading).to_have_text(reader.say("Look into your mail"))
    reader.look_around("sign-up-sent")
    wait_until(lambda: any(to == [email] for to, _ in mailing.box.mails), "no mail came")
    [mail] = [mail for to, mail in mailing.box.mails if to == [email]]
    found = LINK.search(mail)
    assert found is not None, mail
    page.goto(found[0])
    reader.look_around("sign-up-proven")
    page.locator("[name=password]").fill(PASSWORD)
    reader.button("Create the tenant").click()
    page.wait_for_url("**/welcome/")
    reader.look_around("welcome")
    page.goto(found[0])
    expect(page.locator("main")).to_contain_text(reader.say("This link no longer works."))
    reader.look_around("sign-up-over")
    assert not reader.problems, "\n".join(reader.problems)
