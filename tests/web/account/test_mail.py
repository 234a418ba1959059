"""Passwords by e-mail, through a real SMTP server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from fleetward.audit.contracts import Verb
from fleetward.audit.queries import list_entries
from fleetward.cli.site import free_port
from tests.cast import Cast, actor_of, make_cast

pytestmark = pytest.mark.django_db
NEW = "an entirely new one"


class Box:
    """Keeps what arrives."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], str]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        message = message_from_bytes(envelope.content or b"")
        body = message.get_payload(decode=True)
        self.mails.append((envelope.rcpt_tos, body.decode()))
        return "250 kept"


@pytest.fixture
def box(settings: Settings) -> Iterator[Box]:
    cache.clear()
    box = Box()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = controller.port
    settings.EMAIL_USE_TLS = False
    yield box
    controller.stop()


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def client() -> Client:
    return Client(headers={"host": "localhost"})


def choose_password(mail: str, browser: Client) -> None:
    link = re.search(r"http://[^/]+(/account/password/reset/key/\S+)", mail)
    assert link is not None, mail
    page = browser.get(link[1], follow=True)
    address = page.redirect_chain[-1][0]
    browser.post(address, {"password1": NEW, "password2": NEW})


def test_forgotten_password_is_reset_by_the_link_once(cast: Cast, box: Box) -> None:
    browser = client()
    browser.post("/account/password/reset/", {"email": "admin@acme.example"})
    ((to, mail),) = box.mails
    assert to == ["admin@acme.example"]
    choose_password(mail, browser)
    cast.admin.refresh_from_db()
    assert cast.admin.check_password(NEW)
    (told,) = list_entries(
        actor=actor_of(cast.admin), tenant=cast.acme.id, verb=Verb.PASSWORD_RESET
    ).rows
    assert (told.actor, told.subject) == (cast.admin.email, f"user:{cast.admin.uid}")
    link = re.search(r"http://[^/]+(/account/password/reset/key/\S+)", mail)
    assert link is not None
    assert b"used already" in client().get(link[1], follow=True).content


def test_an_unknown_address_is_answered_alike(cast: Cast, box: Box) -> None:
    known = client().post("/account/password/reset/", {"email": "admin@acme.example"})
    unknown = client().post("/account/password/reset/", {"email": "nobody@acme.example"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [to for to, _ in box.mails] == [["admin@acme.example"]]


def test_a_new_user_without_password_gets_a_link(cast: Cast, box: Box) -> None:
    admin = client()
    admin.force_login(cast.admin)
    given = {"email": "new@acme.example", "role": "DEVICE_ADMIN", "password": ""}
    admin.post(f"/t/{cast.acme.customer_id}/settings/users/add/", given)
    ((to, mail),) = box.mails
    assert to == ["new@acme.example"]
    choose_password(mail, client())
    newcomer = client()
    newcomer.post("/account/login/", {"login": "new@acme.example", "password": NEW})
    assert newcomer.get("/profile/").status_code == 200
