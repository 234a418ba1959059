"""The journey of an invitation: two browsers, with and without mail, and all that can fail."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from pytest_django import Settings

from fleetward.cli.ports import free_port
from fleetward.infra.tx import tenant_scope
from fleetward.tenancy.models import Invitation
from fleetward.tenancy.queries import roles_of_user
from tests.cast import PASSWORD, Cast, make_cast, make_user
from tests.web.account.test_mail import Box, box
from tests.web.reading import browser, signed_in

__all__ = ["box"]
pytestmark = pytest.mark.django_db
LINK = re.compile(r"http://[^/\"<]+(/invitations/[^\s\"<]+)")


@pytest.fixture
def cast() -> Cast:
    cache.clear()
    return make_cast()


def users_page(cast: Cast) -> str:
    return f"/t/{cast.acme.customer_id}/settings/users/"


def invite(cast: Cast, email: str = "", **more: str) -> str:
    """An admin adds the address of somebody else's admin; what the page then shows."""
    given = {"email": email or cast.outsider.email, "role": "IT_ADMIN", "password": "", **more}
    answer = signed_in(cast.admin).post(f"{users_page(cast)}add/", given, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def link_in(text: str) -> str:
    found = LINK.search(text)
    assert found is not None, text
    return found[1]


def where(cast: Cast, action: str) -> str:
    """The address of an action upon the one invitation."""
    with tenant_scope([cast.acme.id]):
        return f"{users_page(cast)}invitations/{Invitation.objects.get().uid}/{action}/"


def test_a_first_password_of_an_inviter_opens_no_tenant_of_somebody_elses(cast: Cast) -> None:
    """The admin of one tenant makes an account for an address; another tenant adds it later."""
    boss = make_user("ceo@acme.example", {cast.other.id: "IT_ADMIN"})
    shown = invite(cast, boss.email)
    assert "Invited" in shown
    attacker = browser()
    attacker.post("/account/login/", {"login": boss.email, "password": PASSWORD})
    assert attacker.get(users_page(cast)).status_code == 404
    assert cast.acme.name not in attacker.get("/", follow=True).content.decode()


def test_without_mail_server_the_admin_passes_the_link_on(cast: Cast) -> None:
    link = link_in(invite(cast))
    again = signed_in(cast.admin).get(users_page(cast)).content.decode()
    assert link not in again, "it is shown once"
    assert "Invited" in again
    guest = browser()
    to_sign_in = guest.get(link)["Location"]
    assert to_sign_in.startswith("/account/login/?next=/invitations/")
    signed = guest.post(to_sign_in, {"login": cast.outsider.email, "password": PASSWORD})
    assert signed["Location"] == link
    page = guest.get(link)
    assert page["Cache-Control"] == "private, no-store"
    assert "Join Acme?" in page.content.decode()
    assert cast.acme.id not in roles_of_user(cast.outsider.id), "to look is not to accept"
    assert guest.post(link)["Location"] == f"/t/{cast.acme.customer_id}/"
    assert guest.get(users_page(cast)).status_code == 200
    assert guest.post(link).status_code == 404, "a link works once"
    assert b"no longer works" in guest.get(link).content


def test_the_link_comes_by_mail_and_is_not_shown(cast: Cast, box: Box) -> None:
    shown = invite(cast, password="a password that is not used")
    assert LINK.search(shown) is None
    assert f"An invitation was sent to {cast.outsider.email}" in shown
    ((to, mail),) = box.mails
    assert to == [cast.outsider.email]
    assert cast.admin.email in mail
    guest = signed_in(cast.outsider)
    assert guest.post(link_in(mail)).status_code == 302
    assert cast.acme.id in roles_of_user(cast.outsider.id)


def test_when_the_mail_server_fails_the_link_is_shown(cast: Cast, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    shown = invite(cast)
    assert "The mail server did not take the invitation" in shown
    assert signed_in(cast.outsider).post(link_in(shown)).status_code == 302
    added = invite(cast, "new@acme.example")
    assert "could not be sent" in added
    assert "new@acme.example is now a user" in added


def test_somebody_else_who_opens_the_link_is_told_so(cast: Cast) -> None:
    link = link_in(invite(cast))
    stranger = signed_in(make_user("stranger@globex.example"))
    for answer in (stranger.get(link), stranger.post(link)):
        assert answer.status_code == 403
        assert b"for another account than stranger@globex.example" in answer.content
        assert cast.acme.name.encode() not in answer.content
        assert cast.outsider.email.encode() not in answer.content
    assert signed_in(cast.outsider).post(link).status_code == 302


def test_an_old_link_no_longer_works_and_is_listed_as_expired(cast: Cast) -> None:
    link = link_in(invite(cast))
    with tenant_scope([cast.acme.id]):
        made = Invitation.objects.get()
        made.expires_at -= timedelta(days=7)
        made.save()
    guest = signed_in(cast.outsider)
    assert guest.get(link).status_code == guest.post(link).status_code == 404
    admin = signed_in(cast.admin)
    assert b"Invitation expired" in admin.get(users_page(cast)).content
    fresh = link_in(admin.post(where(cast, "renew")).content.decode())
    assert fresh != link
    assert guest.post(fresh).status_code == 302


def test_a_withdrawn_invitation_is_gone(cast: Cast) -> None:
    link = link_in(invite(cast))
    admin = signed_in(cast.admin)
    gone = where(cast, "withdraw")
    assert admin.post(gone)["Location"] == users_page(cast)
    assert signed_in(cast.outsider).post(link).status_code == 404
    assert cast.outsider.email.encode() not in admin.get(users_page(cast)).content
    assert admin.post(gone).status_code == 404


def test_the_page_tells_of_an_account_nothing_but_its_address(cast: Cast) -> None:
    cast.outsider.name = "Olga Outsider"
    cast.outsider.save()
    signed_in(cast.outsider)
    told = invite(cast)
    assert cast.outsider.email in told
    assert "Olga" not in told
