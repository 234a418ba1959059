"""One's own language, then the tenant's, then the browser's: of pages and of mails."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from fleetward.tenancy.contracts import Role
from fleetward.tenancy.models import Tenant
from fleetward.tenancy.queries import default_language
from tests.cast import PASSWORD, Cast, make_cast, make_tenant, make_user
from tests.web.account.test_mail import Box, box, deliver
from tests.web.reading import browser, signed_in

__all__ = ["box"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    """Acme speaks French; every browser here asks for English."""
    cache.clear()
    cast = make_cast()
    Tenant.objects.filter(id=cast.acme.id).update(language="fr")
    return cast


def language_of(client: Client, address: str) -> str:
    return str(client.get(address)["Content-Language"])


def test_without_a_choice_pages_speak_the_language_of_the_tenant(cast: Cast) -> None:
    client, here = signed_in(cast.reader), f"/t/{cast.acme.customer_id}/"
    for address in (here, "/profile/", "/account/password/change/"):
        assert language_of(client, address) == "fr"
    assert 'lang="fr"' in client.get(here).content.decode()
    refused = client.get(f"{here}settings/users/")
    assert (refused.status_code, refused["Content-Language"]) == (403, "fr")


def test_a_choice_of_ones_own_comes_first(cast: Cast) -> None:
    here = f"/t/{cast.acme.customer_id}/"
    chosen = make_user(roles={cast.acme.id: Role.REPORT_ADMIN}, language="en")
    assert language_of(signed_in(chosen), here) == "en"
    before_sign_in = browser()
    before_sign_in.post("/language/", {"language": "en"})
    before_sign_in.post("/account/login/", {"login": cast.reader.email, "password": PASSWORD})
    assert language_of(before_sign_in, here) == "en"
    assert language_of(before_sign_in, "/profile/") == "en"


def test_before_sign_in_and_without_a_tenant_the_browser_decides(cast: Cast) -> None:
    assert language_of(browser(), "/account/login/") == "en"
    assert language_of(signed_in(make_user()), "/profile/") == "en"


def test_of_several_tenants_the_latest_one_speaks_on_pages_without_tenant(cast: Cast) -> None:
    second = make_tenant("Globex", language="en")
    both = make_user(roles={cast.acme.id: Role.REPORT_ADMIN, second.id: Role.REPORT_ADMIN})
    client = signed_in(both)
    assert language_of(client, "/profile/") == "fr", "of the tenant joined first"
    client.get(f"/t/{second.customer_id}/")
    assert language_of(client, "/profile/") == "en"
    assert default_language(user_id=both.id, customer_id=cast.other.customer_id) == "fr"
    assert default_language(user_id=make_user().id) == ""


def test_the_first_tenant_speaks_the_language_of_its_first_page() -> None:
    client = Client(headers={"host": "localhost", "accept-language": "fr"})
    given = {"organisation": "Acme", "email": "me@acme.example", "password": PASSWORD}
    client.post("/first-run/", given)
    assert Tenant.objects.get().language == "fr"


def add(cast: Cast, email: str, password: str = "") -> None:
    given = {"email": email, "role": "REPORT_ADMIN", "password": password}
    signed_in(cast.admin).post(f"/t/{cast.acme.customer_id}/settings/users/add/", given)


def test_mails_speak_the_language_of_the_tenant_to_whoever_chose_none(cast: Cast, box: Box) -> None:
    add(cast, "new@acme.example")
    add(cast, cast.outsider.email)
    browser().post("/account/password/reset/", {"email": cast.reader.email})
    deliver()
    first, invitation, reset = (mail for _, mail in box.mails)
    assert "Choisissez votre" in first
    assert "vous invite à rejoindre Acme" in invitation
    assert "Choisissez votre" in reset


def test_mails_speak_the_language_that_their_reader_chose(cast: Cast, box: Box) -> None:
    cast.outsider.language = "en"
    cast.outsider.save()
    add(cast, cast.outsider.email)
    french = Client(headers={"host": "localhost", "accept-language": "fr"})
    french.post("/account/password/reset/", {"email": cast.outsider.email})
    deliver()
    invitation, reset = (mail for _, mail in box.mails)
    assert "invites you to Acme" in invitation
    assert "Choose your password" in reset


def test_a_reset_for_a_user_of_no_tenant_speaks_the_language_of_the_request(box: Box) -> None:
    make_user("alone@acme.example")
    french = Client(headers={"host": "localhost", "accept-language": "fr"})
    french.post("/account/password/reset/", {"email": "alone@acme.example"})
    deliver()
    ((_, mail),) = box.mails
    assert "Choisissez votre" in mail
