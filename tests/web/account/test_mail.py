"""Passwords by e-mail, through a real SMTP server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from fleetward.audit.contracts import Verb
from fleetward.audit.queries import list_entries
from fleetward.cli.ports import free_port
from fleetward.config.env import env
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.errors import ExpectedFailure
from fleetward.notifications.models import Notification
from fleetward.tenancy.models import Membership
from fleetward.warranty.actions.reminding import MAIL, send_reminders
from fleetward.warranty.models import Coverage
from fleetward.web.jobs import (
    PASSWORD_LINK,
    mail_password_link,
    mail_reminders,
    tell_of_lost_mail,
)
from fleetward.web.mail import MailNotSent
from tests.cast import NOW, TODAY, Cast, actor_of, add_devices

pytestmark = pytest.mark.django_db
NEW = "an entirely new one"


class Box:
    """Keeps what arrives."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], str]] = []
        self.names: list[str] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        message = message_from_bytes(envelope.content or b"")
        body = message.get_payload(decode=True)
        self.mails.append((envelope.rcpt_tos, body.decode()))
        self.names.append(message["Message-ID"])
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


def client() -> Client:
    return Client(headers={"host": "localhost"})


def deliver() -> None:
    """What a worker does: the mails that pages have asked for."""
    for waiting in ProcrastinateJob.objects.filter(task_name=PASSWORD_LINK, status="todo"):
        given = {name: value for name, value in waiting.args.items() if name[0] != "_"}
        mail_password_link(**given)


def choose_password(mail: str, browser: Client) -> None:
    link = re.search(r"http://[^/]+(/account/password/reset/key/\S+)", mail)
    assert link is not None, mail
    page = browser.get(link[1], follow=True)
    address = page.redirect_chain[-1][0]
    browser.post(address, {"password1": NEW, "password2": NEW})


def test_forgotten_password_is_reset_by_the_link_once(cast: Cast, box: Box) -> None:
    browser = client()
    browser.post("/account/password/reset/", {"email": "admin@acme.example"})
    assert box.mails == [], "no page waits for a mail server"
    deliver()
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
    asked = ProcrastinateJob.objects.filter(task_name=PASSWORD_LINK)
    assert len(asked) == 2, "one is asked for, whether there is an account or not"
    deliver()
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


def test_a_mail_leads_to_the_address_of_the_operator_whatever_host_was_asked(
    cast: Cast, box: Box
) -> None:
    """A link to another name of ours, or another port, is one that somebody else may listen on."""
    other = Client(headers={"host": "localhost:8443"})
    other.post("/account/password/reset/", {"email": "admin@acme.example"})
    deliver()
    ((_, mail),) = box.mails
    assert f"{env().web.public_url}/account/password/reset/key/" in mail
    assert "localhost" not in mail


def test_without_the_mail_server_the_page_answers_and_the_queue_tries_again(
    cast: Cast, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    cache.clear()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    answer = client().post("/account/password/reset/", {"email": "admin@acme.example"})
    assert answer["Location"] == "/account/password/reset/done/"
    with pytest.raises(MailNotSent, match=r"^mail server: ConnectionRefusedError$"):
        deliver()
    assert "admin@acme.example" not in caplog.text


def remind(cast: Cast) -> None:
    """Two devices end in a week; the mails of that are delivered."""
    tenant = cast.acme.id
    devices = add_devices(tenant, 2)
    with tenant_scope([tenant]):
        Coverage.objects.filter(device_id__in=devices).update(
            ends_on=TODAY + timedelta(7), reason="", is_simulated=True
        )
    assert send_reminders(actor=system_actor("Tests", tenant), tenant=tenant, now=NOW) == 2


def deliver_reminders() -> None:
    for waiting in ProcrastinateJob.objects.filter(task_name=MAIL, status="todo").order_by("id"):
        mail_reminders(**{name: value for name, value in waiting.args.items() if name[0] != "_"})


def test_s9_a_reminder_is_mailed_in_the_readers_language(cast: Cast, box: Box) -> None:
    cast.device_admin.language = "fr"
    cast.device_admin.save()
    remind(cast)
    deliver_reminders()
    (to, english), (other, french) = box.mails
    assert (to, other) == ([cast.admin.email], [cast.device_admin.email])
    place = f"/t/{cast.acme.customer_id}/warranty/reminders/?on={TODAY}"
    assert place in english
    assert place in french
    assert "Answered by a simulator: 2" in english
    assert "simulateur" in french


def test_s9_a_mail_that_is_sent_once_more_is_the_same_to_whoever_gets_it(
    cast: Cast, box: Box
) -> None:
    """A worker may have died after it was sent, and before that was noted."""
    remind(cast)
    deliver_reminders()
    deliver_reminders()
    (admin, other), again = box.names[:2], box.names[2:]
    assert again == [admin, other]
    assert admin != other
    given = {"tenant": cast.acme.id, "user": cast.admin.id, "devices": 2, "simulated": 0}
    mail_reminders(**given, sent_on=str(TODAY + timedelta(days=1)))
    assert box.names[-1] not in again


def test_s9_whoever_has_lost_the_role_gets_no_mail(cast: Cast, box: Box) -> None:
    remind(cast)
    Membership.objects.filter(user=cast.admin).update(role="REPORT_ADMIN")
    deliver_reminders()
    assert [to for to, _ in box.mails] == [[cast.device_admin.email]]


def test_s9_without_a_mail_server_nothing_is_tried(
    cast: Cast, settings: Settings, mailoutbox: list[EmailMessage]
) -> None:
    remind(cast)
    settings.EMAIL_HOST = ""
    deliver_reminders()
    assert mailoutbox == []
    settings.EMAIL_HOST = "mail.example"
    deliver_reminders()
    assert [mail.to for mail in mailoutbox] == [[cast.admin.email], [cast.device_admin.email]]


def test_s9_a_mail_that_did_not_go_out_is_tried_again(cast: Cast, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    remind(cast)
    # No mistake of ours: one warning at each of many tries (design, 9).
    with pytest.raises(ExpectedFailure, match=r"^mail server: ConnectionRefusedError$"):
        deliver_reminders()


def test_s9_whoever_could_not_be_mailed_is_named_to_the_it_admins(cast: Cast) -> None:
    remind(cast)
    for waiting in ProcrastinateJob.objects.filter(task_name=MAIL).order_by("id"):
        tell_of_lost_mail(**{name: v for name, v in waiting.args.items() if name[0] != "_"})
    with tenant_scope([cast.acme.id]):
        lost = list(Notification.objects.filter(kind="MAIL_LOST").order_by("id"))
    assert {one.user_id for one in lost} == {cast.admin.id}
    assert [one.params["email"] for one in lost] == [cast.admin.email, cast.device_admin.email]
