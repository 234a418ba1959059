"""The journey of a company that signs itself up, and all that can be asked on the way (T13)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob
from pydantic import SecretStr
from pytest_django import Settings

from fleetward.config.env import SignUp, env
from fleetward.identity.models import User
from fleetward.infra.tx import tenant_scope
from fleetward.tenancy import models
from fleetward.tenancy.contracts import TenantRow
from fleetward.tenancy.models import Membership, SignOnProvider, Tenant
from fleetward.tenancy.sealed_place import SealedProviders
from fleetward.tenancy.sign_on import seals
from fleetward.tenancy.signing_up.actions import by_provider
from fleetward.web.jobs import SIGN_UP_MAIL, mail_sign_up
from tests.cast import Cast, make_vendor
from tests.oidc.running import CLIENT, SECRET, RealProvider, running_provider
from tests.web.account.test_mail import Box, box
from tests.web.reading import browser, signed_in, text_of

__all__ = ["box"]
pytestmark = pytest.mark.django_db
LINK = re.compile(r"http://[^/\s]+(/signup/\S+)")
CALLBACK = "/signup/provider/callback/"
GIVEN = {
    "name": "Initech",
    "address": "12 rue des Alpes",
    "postal_code": "74000",
    "city": "Annecy",
    "country": "FR",
    "phone": "",
    "region": "US",
    "person": "Peter Gibbons",
    "email": "peter@initech.example",
    "language": "fr",
    "version": "2026-11",
    "accepts": "on",
}


@pytest.fixture(scope="module")
def provider() -> Iterator[RealProvider]:
    with running_provider(f"http://127.0.0.1:8000{CALLBACK}") as running:
        yield running


@pytest.fixture
def lent(provider: RealProvider, monkeypatch: pytest.MonkeyPatch) -> RealProvider:
    """It proves addresses for the installation."""
    given = SignUp(issuer=provider.issuer, client_id=CLIENT, client_secret=SecretStr(SECRET))
    changed = env().model_copy(update={"sign_up": given})
    for module in (by_provider, seals):
        monkeypatch.setattr(module, "env", lambda: changed)
    return provider


def open_door(**changes: str) -> tuple[TenantRow, User]:
    """By the operator, on the page."""
    cache.clear()
    vendor, operator = make_vendor()
    given = {"is_open": "on", "terms_version": "2026-11", "terms_text": "Be fair."} | changes
    page = f"/t/{vendor.customer_id}/operator/sign-up/"
    answer = signed_in(operator).post(page, given, follow=True)
    assert answer.status_code == 200
    return vendor, operator


def ask(reader: Client, **changes: str) -> tuple[int, str]:
    answer = reader.post("/signup/", GIVEN | changes)
    return answer.status_code, answer.get("Location", "") or answer.content.decode()


def deliver() -> None:
    """What a worker does."""
    for waiting in ProcrastinateJob.objects.filter(task_name=SIGN_UP_MAIL, status="todo"):
        given = {name: value for name, value in waiting.args.items() if name[0] != "_"}
        mail_sign_up(**given)
    ProcrastinateJob.objects.filter(task_name=SIGN_UP_MAIL).delete()


def link_in(mail: str) -> str:
    found = LINK.search(mail)
    assert found is not None, mail
    return found[1]


def test_t13_from_the_sign_in_page_to_the_first_steps(cast: Cast, box: Box) -> None:
    open_door()
    reader, tenants = browser(), Tenant.objects.count()
    assert b"/signup/" in reader.get("/account/login/").content
    page = reader.get("/signup/").content.decode()
    assert "Be fair." in page
    assert "checked" not in page, "no region is suggested"
    assert ask(reader) == (302, "/signup/sent/")
    assert b"24 hours" in reader.get("/signup/sent/").content
    deliver()
    ((to, mail),) = box.mails
    assert to == [GIVEN["email"]]
    assert "Quelqu" in mail, "in the language that was chosen"
    assert Tenant.objects.count() == tenants
    where = link_in(mail)
    shown = reader.get(where)
    assert b"Initech" in shown.content
    assert "no-store" in shown["Cache-Control"]
    assert reader.post(where, {"password": "short"}).status_code == 422
    done = reader.post(where, {"password": "a long one of theirs"}, follow=True)
    made = Tenant.objects.get(name="Initech")
    assert done.redirect_chain == [(f"/t/{made.customer_id}/welcome/", 302)]
    assert made.customer_id in done.content.decode()
    assert (made.region, Membership.objects.get(tenant=made).role) == ("US", "IT_ADMIN")
    assert reader.get(f"/t/{made.customer_id}/").status_code == 200
    again = browser().get(where)
    assert again.status_code == 404
    assert b"no longer works" in again.content


def test_t13_nobody_learns_who_has_an_account(cast: Cast, box: Box) -> None:
    open_door()
    answers = {ask(browser(), email=email) for email in (cast.admin.email, "new@acme.example")}
    assert answers == {(302, "/signup/sent/")}
    assert ProcrastinateJob.objects.filter(task_name=SIGN_UP_MAIL).count() == 2
    deliver()
    mails = {to: mail for ((to,), mail) in box.mails}
    assert set(mails) == {cast.admin.email, "new@acme.example"}
    assert LINK.search(mails[cast.admin.email]) is None
    assert "/account/login/" in mails[cast.admin.email]


def test_t13_what_is_missing_or_too_often_is_told(cast: Cast, box: Box) -> None:
    open_door()
    reader = browser()
    for name in ("name", "region", "person", "email", "accepts"):
        assert ask(reader, **{name: ""})[0] == 422, name
    status, page = ask(reader, version="2025-01")
    assert status == 422
    assert 'value="2026-11"' in page, "the next answer accepts the terms that are shown"
    assert not models.SignUp.objects.exists()
    statuses = [ask(reader, email=f"{n}@initech.example")[0] for n in range(20)]
    assert set(statuses[:19]) == {302}
    assert statuses[19] == 429


def test_t13_closed_until_the_operator_opens_it_and_mails_go_out(
    cast: Cast, box: Box, settings: Settings
) -> None:
    closed = browser().get("/signup/")
    assert closed.status_code == 404
    assert b"Sign-up is closed" in closed.content
    assert browser().post("/signup/", GIVEN).status_code == 404
    vendor, operator = open_door()
    asked = ask(browser())
    assert asked == (302, "/signup/sent/")
    settings.EMAIL_HOST = ""
    deliver()
    assert box.mails == []
    page = f"/t/{vendor.customer_id}/operator/sign-up/"
    assert b"FLEETWARD_MAIL__HOST" in signed_in(operator).get(page).content
    assert browser().get("/signup/").status_code == 404
    assert browser().get("/signup/anything/").status_code == 404
    assert b"/signup/" not in browser().get("/account/login/").content
    refused = signed_in(operator).post(page, {"is_open": "on"})
    assert refused.status_code == 422
    assert b"accepts a version" in refused.content


def there_and_back(reader: Client, provider: RealProvider, who: str) -> str:
    """Where a browser ends that went on with its account at the provider."""
    status, there = ask(reader, email="", how="provider")
    assert status == 302
    back = provider.sign_in(there, who)
    return str(reader.get(f"{CALLBACK}?{urlsplit(back).query}")["Location"])


def test_t13_by_a_provider_of_the_installation(cast: Cast, box: Box, lent: RealProvider) -> None:
    open_door()
    reader = browser()
    assert b"Continue to 127.0.0.1" in reader.get("/signup/").content
    assert ask(reader, email="")[0] == 422, "the mail needs an address"
    where = there_and_back(reader, lent, "Peter@Initech.example")
    made = Tenant.objects.get(name="Initech")
    assert where == f"/t/{made.customer_id}/welcome/"
    assert reader.get(where).status_code == 200
    user = User.objects.get(email="peter@initech.example")
    assert not user.has_usable_password()
    with tenant_scope([made.id]):
        own = SignOnProvider.objects.get()
        assert (own.issuer, own.is_enabled, own.sealed_secret) == (lent.issuer, True, "")
        assert SealedProviders().count() == {}
    again = browser()
    there = again.get(f"/account/organisation/{made.customer_id}/start/")["Location"]
    assert there.startswith(lent.issuer), "who signed up by it comes in by it"
    assert seals.secret_of(own) == SECRET
    own.client_id = "another"
    assert seals.secret_of(own) == ""


def test_t13_a_provider_that_does_not_vouch_proves_nothing(
    cast: Cast, box: Box, lent: RealProvider
) -> None:
    open_door()
    tenants = Tenant.objects.count()
    reader = browser()
    assert there_and_back(reader, lent, "typed@initech.example") == "/signup/"
    assert "does not vouch" in text_of(reader.get("/signup/"))
    assert there_and_back(reader, lent, cast.admin.email) == "/account/login/"
    assert "has an account already" in text_of(reader.get("/account/login/"))
    assert ask(reader, email="", how="provider")[0] == 302
    assert reader.get(f"{CALLBACK}?code=x&state=another")["Location"] == "/signup/"
    state = re.search(r"state=([^&]+)", ask(reader, email="", how="provider")[1])
    assert state is not None
    assert reader.get(f"{CALLBACK}?error=access_denied&state={state[1]}")["Location"] == "/signup/"
    assert reader.get(f"{CALLBACK}?code=x&state={state[1]}")["Location"] == "/signup/"
    assert Tenant.objects.count() == tenants
    statuses = {reader.get(f"{CALLBACK}?code=x").status_code for _ in range(30)}
    assert statuses == {302}
