"""Notifications by e-mail, through a real SMTP server: when, of what, once, the way out (L5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from fleetward.cli.ports import free_port
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.notifications.actions import choose_mail, claim_mail, close_mail, post
from fleetward.notifications.contracts import Kind, Level, MailChoice, MailWhen
from fleetward.notifications.models import Mailing, Notification
from fleetward.notifications.queries import get_mail_choice
from fleetward.notifications.rules import next_mail_at
from fleetward.tenancy.models import Membership
from fleetward.web import jobs
from fleetward.web.jobs import find_digests, mail_digest
from fleetward.web.mail import MailNotSent
from tests.cast import NOW, Cast, actor_of
from tests.web.reading import browser, signed_in, text_of

pytestmark = pytest.mark.django_db


class Box:
    """Keeps what arrives."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.content or b"", policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 kept"


@pytest.fixture
def box(settings: Settings) -> Iterator[Box]:
    box = Box()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = controller.port
    settings.EMAIL_USE_TLS = False
    yield box
    controller.stop()


def tell(
    cast: Cast, kind: Kind = Kind.CONNECTION_REFUSED, key: str = "one", **params: object
) -> None:
    with tenant_scope([cast.acme.id]):
        post(
            tenant=cast.acme.id,
            users=[cast.admin.id],
            kind=kind,
            key=key,
            params=params or {"provider": "Dell <&>"},
            now=utc_now(),
            level=Level.WARNING,
            link="/t/x/settings/external-services/",
        )


def choose(cast: Cast, how: MailWhen, hour: int = 8) -> None:
    choose_mail(
        actor=actor_of(cast.admin),
        tenant=cast.acme.id,
        choice=MailChoice(how, hour),
        now=utc_now(),
        zone="Europe/Paris",
    )


def due_now(cast: Cast, **changes: object) -> None:
    with tenant_scope([cast.acme.id]):
        Mailing.objects.update(**(changes or {"next_at": utc_now()}))


def run(cast: Cast) -> None:
    mail_digest(tenant=cast.acme.id, user=cast.admin.id)


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_l5_what_is_new_comes_at_once_as_text_and_html(cast: Cast, box: Box) -> None:
    tell(cast, key="before")
    choose(cast, MailWhen.AT_ONCE)
    find_digests()
    assert not ProcrastinateJob.objects.filter(task_name="web.mail_digest").exists()
    tell(cast)
    find_digests()
    find_digests()
    (job,) = ProcrastinateJob.objects.filter(task_name="web.mail_digest", status="todo")
    mail_digest(tenant=job.args["tenant"], user=job.args["user"])
    (mail,) = box.mails
    assert mail["To"] == "admin@acme.example"
    assert "Acme: 1 new notification" in mail["Subject"]
    text, html = part(mail, "plain"), part(mail, "html")
    assert "Dell <&> refused the credentials (Warning)" in text
    assert "Dell &lt;&amp;&gt; refused the credentials" in html
    assert re.search(r"http\S+/t/x/settings/external-services/", text)
    run(cast)
    assert len(box.mails) == 1, "nothing is new any more"


def test_l5_nothing_is_sent_when_nothing_is_new(cast: Cast, box: Box) -> None:
    choose(cast, MailWhen.DAILY)
    due_now(cast)
    run(cast)
    assert box.mails == []
    with tenant_scope([cast.acme.id]):
        found = Mailing.objects.get()
    assert found.next_at is not None
    assert found.next_at > utc_now(), "and the next one is planned"


def test_read_and_snoozed_items_are_not_new(cast: Cast, box: Box) -> None:
    choose(cast, MailWhen.AT_ONCE)
    tell(cast, key="read")
    tell(cast, key="snoozed")
    later = utc_now() + timedelta(hours=1)
    with tenant_scope([cast.acme.id]):
        Notification.objects.filter(key="read").update(read_at=NOW)
        Notification.objects.filter(key="snoozed").update(snoozed_until=later)
    run(cast)
    assert box.mails == []


def test_l5_what_was_put_aside_or_stored_late_is_not_passed_over(cast: Cast, box: Box) -> None:
    choose(cast, MailWhen.AT_ONCE)
    tell(cast, key="snoozed")
    change("snoozed", cast, snoozed_until=utc_now() + timedelta(hours=1))
    tell(cast, key="later")
    run(cast)
    assert len(box.mails) == 1
    find_digests()
    assert not ProcrastinateJob.objects.filter(task_name="web.mail_digest").exists()
    tell(cast, key="stored late")
    with tenant_scope([cast.acme.id]):
        first = Notification.objects.order_by("id").values_list("id", flat=True)[0]
    change("stored late", cast, id=first - 1)
    change("snoozed", cast, snoozed_until=utc_now())
    find_digests()
    assert ProcrastinateJob.objects.filter(task_name="web.mail_digest").exists()
    run(cast)
    assert "2 new notifications" in box.mails[1]["Subject"]
    run(cast)
    assert len(box.mails) == 2


def test_what_is_put_aside_while_a_mail_is_on_its_way_comes_with_a_later_one(
    cast: Cast, box: Box
) -> None:
    choose(cast, MailWhen.AT_ONCE)
    tell(cast)
    claim = claim_mail(tenant=cast.acme.id, user=cast.admin.id, now=utc_now())
    assert claim is not None
    change("one", cast, snoozed_until=utc_now() + timedelta(hours=1))
    run(cast)
    assert box.mails == []
    change("one", cast, snoozed_until=utc_now())
    run(cast)
    assert len(box.mails) == 1


def change(key: str, cast: Cast, **fields: object) -> None:
    with tenant_scope([cast.acme.id]):
        Notification.objects.filter(key=key).update(**fields)


def test_it_waits_for_its_hour(cast: Cast, box: Box) -> None:
    choose(cast, MailWhen.DAILY)
    tell(cast)
    run(cast)
    assert box.mails == []
    due_now(cast)
    run(cast)
    run(cast)
    assert len(box.mails) == 1


def test_l5_a_worker_killed_after_the_server_took_it_sends_no_other_mail(
    cast: Cast, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(cast, MailWhen.AT_ONCE)
    tell(cast)
    killed_before_it_is_closed(cast, monkeypatch)
    tell(cast, key="meanwhile")
    run(cast)
    first, again = box.mails
    assert first["Message-ID"] == again["Message-ID"], "a mail program shows one"
    assert part(first, "plain").count("refused") == part(again, "plain").count("refused") == 1
    run(cast)
    assert len({mail["Message-ID"] for mail in box.mails}) == 2
    assert len(box.mails) == 3, "what came meanwhile has a mail of its own"
    run(cast)
    assert len(box.mails) == 3


def test_control_without_the_claim_it_would_be_another_mail(
    cast: Cast, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(cast, MailWhen.AT_ONCE)
    tell(cast)
    killed_before_it_is_closed(cast, monkeypatch)
    due_now(cast, claimed_at=None)
    with tenant_scope([cast.acme.id]):
        Notification.objects.update(mailed_at=None)
    tell(cast, key="meanwhile")
    run(cast)
    first, again = box.mails
    assert first["Message-ID"] != again["Message-ID"]


def killed_before_it_is_closed(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(**_given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "close_mail", killed)
        with pytest.raises(KeyboardInterrupt):
            run(cast)


def test_a_mail_that_no_server_takes_is_tried_again(
    cast: Cast, box: Box, settings: Settings
) -> None:
    choose(cast, MailWhen.AT_ONCE)
    tell(cast)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, free_port()
    with pytest.raises(MailNotSent):
        run(cast)
    settings.EMAIL_PORT = port
    run(cast)
    assert len(box.mails) == 1


def test_l5_what_the_user_may_no_longer_see_is_not_sent(cast: Cast, box: Box) -> None:
    choose(cast, MailWhen.AT_ONCE)
    tell(cast)
    tell(cast, Kind.RUN_CANCELLED, "run", done=3)
    Membership.objects.filter(user=cast.admin).update(role="REPORT_ADMIN")
    run(cast)
    (mail,) = box.mails
    assert "Dell" not in part(mail, "plain")
    assert "cancelled after 3 devices" in part(mail, "plain")
    tell(cast, Kind.RUN_CANCELLED, "again", done=4)
    Membership.objects.filter(user=cast.admin).delete()
    run(cast)
    assert len(box.mails) == 1


def test_l7_it_speaks_the_language_of_its_reader(cast: Cast, box: Box) -> None:
    cast.admin.language = "fr"
    cast.admin.save()
    choose(cast, MailWhen.AT_ONCE)
    tell(cast)
    run(cast)
    (mail,) = box.mails
    assert "nouvelle notification" in mail["Subject"]
    assert 'lang="fr"' in part(mail, "html")
    assert "refused" not in part(mail, "plain")


def test_more_than_a_mail_holds_are_counted(
    cast: Cast, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fleetward.web.mail.MOST_NOTES", 2)
    choose(cast, MailWhen.AT_ONCE)
    for number in range(5):
        tell(cast, key=str(number))
    run(cast)
    assert "and 3 more" in part(box.mails[0], "plain")


def test_l5_the_link_in_the_mail_stops_mails_without_sign_in(cast: Cast, box: Box) -> None:
    choose(cast, MailWhen.AT_ONCE)
    tell(cast)
    run(cast)
    (mail,) = box.mails
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = re.search(r"http://[^/]+(/unsubscribe/[^>]+)", mail["List-Unsubscribe"])
    assert link is not None
    assert link[1] in part(mail, "plain")
    anybody = browser()
    assert "Stop these mails" in text_of(anybody.get(link[1]))
    assert get_mail_choice(actor=actor_of(cast.admin), tenant=cast.acme.id).how == MailWhen.AT_ONCE
    strict = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    assert strict.post(link[1], {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert get_mail_choice(actor=actor_of(cast.admin), tenant=cast.acme.id).how == MailWhen.OFF
    tell(cast, key="later")
    run(cast)
    assert len(box.mails) == 1
    assert anybody.post("/unsubscribe/nonsense/").status_code == 404


def test_the_choice_is_made_for_oneself_in_one_tenant(cast: Cast) -> None:
    client, here = signed_in(cast.admin), f"/t/{cast.acme.customer_id}/notifications/mail/"
    assert "The operator has set no mail server" in text_of(client.get(here))
    assert client.post(here, {"how": "DAILY", "hour": "17"}).status_code == 302
    assert get_mail_choice(actor=actor_of(cast.admin), tenant=cast.acme.id) == MailChoice(
        MailWhen.DAILY, 17
    )
    assert client.post(here, {"how": "HOURLY", "hour": "25"}).status_code == 422
    other = get_mail_choice(actor=actor_of(cast.device_admin), tenant=cast.acme.id)
    assert other == MailChoice()


def test_changing_the_hour_misses_nothing_and_beginning_tells_nothing_old(
    cast: Cast, box: Box
) -> None:
    choose(cast, MailWhen.DAILY)
    tell(cast)
    choose(cast, MailWhen.AT_ONCE)
    run(cast)
    assert len(box.mails) == 1
    choose(cast, MailWhen.OFF)
    tell(cast, key="in between")
    choose(cast, MailWhen.AT_ONCE)
    run(cast)
    assert len(box.mails) == 1


def test_without_a_mail_server_nothing_is_claimed(cast: Cast, settings: Settings) -> None:
    settings.EMAIL_HOST = ""
    choose(cast, MailWhen.AT_ONCE)
    tell(cast)
    find_digests()
    assert not ProcrastinateJob.objects.filter(task_name="web.mail_digest").exists()


def test_a_closed_claim_closes_nothing_else(cast: Cast) -> None:
    choose(cast, MailWhen.AT_ONCE)
    tell(cast)
    owner = {"tenant": cast.acme.id, "user": cast.admin.id}
    claim = claim_mail(**owner, now=utc_now())  # type: ignore[arg-type]
    assert claim is not None
    assert claim_mail(**owner, now=utc_now()) == claim  # type: ignore[arg-type]
    close_mail(**owner, claim=claim, now=utc_now(), zone="UTC")  # type: ignore[arg-type]
    tell(cast, key="two")
    second = claim_mail(**owner, now=utc_now())  # type: ignore[arg-type]
    assert second is not None
    close_mail(**owner, claim=claim, now=utc_now(), zone="UTC")  # type: ignore[arg-type]
    assert claim_mail(**owner, now=utc_now()) == second  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("how", "now", "due"),
    [
        (MailWhen.OFF, "2026-11-27T06:00", None),
        (MailWhen.AT_ONCE, "2026-11-27T06:00", None),
        (MailWhen.DAILY, "2026-11-27T06:00", "2026-11-27T07:00"),
        (MailWhen.DAILY, "2026-11-27T07:00", "2026-11-28T07:00"),
        (MailWhen.WEEKLY, "2026-11-27T06:00", "2026-11-30T07:00"),
        (MailWhen.WEEKLY, "2026-11-30T06:59", "2026-11-30T07:00"),
        (MailWhen.WEEKLY, "2026-11-30T07:00", "2026-12-07T07:00"),
    ],
)
def test_mails_are_due_at_an_hour_of_the_tenants_day(
    how: MailWhen, now: str, due: str | None
) -> None:
    found = next_mail_at(
        MailChoice(how, 8), now=datetime.fromisoformat(f"{now}+00:00"), zone="Europe/Paris"
    )
    expected = datetime.fromisoformat(f"{due}+00:00") if due else None
    assert (found.astimezone(UTC) if found else None) == expected
