"""Webhooks in the browser: added with a secret shown once, tried, switched, replayed, deleted."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.notifications.contracts import Kind
from fleetward.notifications.models import Delivery, Webhook
from fleetward.notifications.webhooks.actions import add_webhook, deliver
from fleetward.notifications.webhooks.contracts import MOST_WEBHOOKS, WebhookInput
from tests.cast import Cast, actor_of
from tests.db.notifications.receiver import receiving
from tests.plugins.variables import SetEnv
from tests.web.reading import signed_in, text_of

pytestmark = pytest.mark.django_db

URL = "https://hooks.example.org/fleetward"
SECRET = re.compile(r"whsec_[\w+/=]+")


@pytest.fixture
def client(cast: Cast) -> Client:
    return signed_in(cast.admin)


def place(cast: Cast, tail: str = "") -> str:
    return f"/t/{cast.acme.customer_id}/settings/webhooks/{tail}"


def add(client: Client, cast: Cast, what: str = "reminders", url: str = URL) -> HttpResponse:
    return client.post(place(cast), {"name": "Tickets", "url": url, "what": what})


def page_of(client: Client, cast: Cast) -> str:
    (found,) = set(
        re.findall(rf'href="({place(cast)}[^"]+/)"', client.get(place(cast)).content.decode())
    )
    return found


def do(client: Client, where: str, action: str) -> str:
    return text_of(client.post(where, {"action": action}, follow=True))


def test_a_secret_is_shown_once(client: Client, cast: Cast) -> None:
    shown = add(client, cast)
    assert (shown.status_code, len(set(SECRET.findall(shown.content.decode())))) == (200, 1)
    again = client.get(place(cast)).content.decode()
    assert not SECRET.search(again)
    assert "Tickets" in again
    assert "Reminders of the end of coverage" in again
    where = page_of(client, cast)
    rotated = client.post(where, {"action": "rotate"}).content.decode()
    (other,) = set(SECRET.findall(rotated))
    assert other not in shown.content.decode()
    assert "The secret before signs as well until" in rotated
    assert not SECRET.search(client.get(where).content.decode())


@pytest.mark.parametrize(("what", "kinds"), [("reminders", ["COVERAGE_ENDS"]), ("all", [])])
def test_what_is_chosen_is_sent(client: Client, cast: Cast, what: str, kinds: list[str]) -> None:
    add(client, cast, what)
    with tenant_scope([cast.acme.id]):
        assert Webhook.objects.get().kinds == kinds


def test_kinds_that_a_program_has_chosen_are_counted(client: Client, cast: Cast) -> None:
    hook = WebhookInput("Chat", URL, (Kind.RUN_DONE, Kind.RUN_PROBLEMS))
    add_webhook(actor=actor_of(cast.admin), tenant=cast.acme.id, webhook=hook, now=utc_now())
    assert "2 kinds of notifications" in text_of(client.get(place(cast)))


def test_what_cannot_be_is_refused_where_it_stands(client: Client, cast: Cast) -> None:
    refused = add(client, cast, url="http://hooks.example.org/")
    assert refused.status_code == 422
    assert "Give an address such as https://example.com/hook" in text_of(refused)
    assert client.post(place(cast), {"name": "", "url": URL, "what": "all"}).status_code == 422
    for _ in range(MOST_WEBHOOKS):
        add(client, cast)
    full = add(client, cast)
    assert full.status_code == 422
    assert "A tenant has at most 20 webhooks." in text_of(full)


def test_a_test_is_sent_and_replayed(client: Client, cast: Cast, set_env: SetEnv) -> None:
    set_env(FLEETWARD_OUTGOING__ALLOW_INTERNAL="127.0.0.1")
    with receiving(500, 204) as receiver:
        add(client, cast, url=receiver.url)
        where = page_of(client, cast)
        assert "Nothing has been sent yet" in text_of(client.get(where))
        assert "A test is sent." in do(client, where, "try")
        work(cast)
        shown = client.get(where).content.decode()
        assert "HTTP 500" in shown
        assert "Under way" in shown
        (replay,) = re.findall(r'action="([^"]+/replay/)"', shown)
        assert "It is sent once more." in text_of(client.post(replay, follow=True))
        work(cast)
        assert "Delivered" in text_of(client.get(where))
        assert len(set(receiver.ids)) == 1


def work(cast: Cast) -> None:
    with tenant_scope([cast.acme.id]):
        waiting = Delivery.objects.get(state="PENDING")
    deliver(tenant=cast.acme.id, delivery=waiting.id, turn=waiting.turn, clock=utc_now)


def test_it_is_switched_off_and_on_and_deleted(client: Client, cast: Cast) -> None:
    add(client, cast)
    where = page_of(client, cast)
    assert "The webhook is switched off." in do(client, where, "off")
    assert client.post(where, {"action": "try"}).status_code == 409
    assert "The webhook is switched on." in do(client, where, "on")
    with tenant_scope([cast.acme.id]):
        Webhook.objects.update(is_enabled=False, gone_at=utc_now() - timedelta(days=1))
    assert "Its receiver is gone" in text_of(client.get(where))
    assert client.post(where, {"action": "nonsense"}).status_code == 200
    assert "The webhook is deleted." in do(client, where, "delete")
    assert client.get(where).status_code == 404


def test_l7_it_speaks_french(client: Client, cast: Cast) -> None:
    cast.admin.language = "fr"
    cast.admin.save()
    add(client, cast)
    assert "Ajouter un webhook" in text_of(client.get(place(cast)))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("UNREACHABLE: POST example.org/hook: the name does not resolve", "est injoignable"),
        ("switched off", "Le webhook était désactivé"),
        ("HTTP 503", "HTTP 503"),
    ],
)
def test_l7_why_a_try_failed_is_told_in_french(
    client: Client, cast: Cast, error: str, told: str
) -> None:
    add(client, cast)
    with tenant_scope([cast.acme.id]):
        hook = Webhook.objects.get()
        Delivery.objects.create(
            webhook=hook,
            tenant_id=cast.acme.id,
            kind="TEST",
            key="one",
            body="{}",
            tries=1,
            error=error,
            created_at=utc_now(),
        )
    client.cookies["django_language"] = "fr"
    page = text_of(client.get(place(cast, f"{hook.uid}/")))
    assert told in page
    assert ("the name does not resolve" in page) is error.startswith("UNREACHABLE")


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            [
                "Deliveries fail",
                "A message was not taken in three days of tries",
                "Check the receiver",
            ],
        ),
        (
            "fr",
            [
                "Envois en échec",
                "Un message n’a pas été accepté après trois jours d’essais",
                "Vérifiez le destinataire",
            ],
        ),
    ],
)
def test_a_webhook_says_that_its_deliveries_fail_until_it_is_changed(
    client: Client, cast: Cast, language: str, told: list[str]
) -> None:
    add(client, cast)
    with tenant_scope([cast.acme.id]):
        Webhook.objects.update(given_up_at=utc_now())
    client.cookies["django_language"] = language
    where = page_of(client, cast)
    page = text_of(client.get(where))
    assert [words for words in told if words not in page] == []
    assert told[0] in text_of(client.get(place(cast)))
    client.post(where, {"action": "rotate"})
    assert told[0] not in text_of(client.get(where))


def test_a_webhook_says_why_it_was_switched_off(client: Client, cast: Cast) -> None:
    add(client, cast)
    with tenant_scope([cast.acme.id]):
        Webhook.objects.update(is_enabled=False, gone_at=utc_now())
    where = page_of(client, cast)
    assert "This webhook was switched off" in text_of(client.get(where))
    assert "This webhook was switched off" not in do(client, where, "on")
