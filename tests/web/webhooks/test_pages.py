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
from fleetward.notifications.webhooks.seals import open_secret
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
    form = {"name": "Tickets", "url": url, "what": what, "request_key": "no key"}
    return client.post(place(cast), form, follow=True)


def secret_in(answer: HttpResponse) -> str:
    """The one that a page shows; empty for none."""
    found = set(SECRET.findall(answer.content.decode()))
    return found.pop() if len(found) == 1 else ""


def page_of(client: Client, cast: Cast) -> str:
    (found,) = set(
        re.findall(rf'href="({place(cast)}[^"]+/)"', client.get(place(cast)).content.decode())
    )
    return found


def do(client: Client, where: str, action: str) -> str:
    return text_of(client.post(where, {"action": action}, follow=True))


def test_a_secret_is_shown_once(client: Client, cast: Cast) -> None:
    shown = add(client, cast)
    secret = secret_in(shown)
    assert (shown.status_code, bool(secret)) == (200, True)
    again = client.get(place(cast)).content.decode()
    assert not SECRET.search(again)
    assert "Tickets" in again
    assert "Reminders of the end of coverage" in again
    where = page_of(client, cast)
    assert not SECRET.search(client.get(where).content.decode())
    rotated = client.post(where, {"action": "rotate"}, follow=True)
    assert secret_in(rotated) not in {"", secret}
    assert "The secret before signs as well until" in text_of(rotated)
    assert not SECRET.search(client.get(where).content.decode())


def test_a_second_click_makes_no_second_webhook(client: Client, cast: Cast) -> None:
    """And the page that it leads to shows the secret."""
    (key,) = re.findall(
        r'name="request_key" value="([^"]+)"', client.get(place(cast)).content.decode()
    )
    form = {"name": "Tickets", "url": URL, "what": "all", "request_key": key}
    clicks = [client.post(place(cast), form) for _ in range(2)]
    assert [click.status_code for click in clicks] == [302, 302]
    assert clicks[0]["Location"] == clicks[1]["Location"]
    assert secret_in(client.get(clicks[1]["Location"]))
    with tenant_scope([cast.acme.id]):
        assert Webhook.objects.count() == 1
    assert key not in client.get(place(cast)).content.decode()


def test_a_second_click_makes_no_second_secret(client: Client, cast: Cast) -> None:
    add(client, cast)
    where = page_of(client, cast)
    clicks = [client.post(where, {"action": "rotate"}) for _ in range(2)]
    assert [(click.status_code, click["Location"]) for click in clicks] == [(302, where)] * 2
    shown = client.get(where)
    assert secret_in(shown)
    assert "The secret was changed, and the one before it still signs." in text_of(shown)
    with tenant_scope([cast.acme.id]):
        hook = Webhook.objects.get()
        assert open_secret(hook, hook.sealed_secret) == secret_in(shown)
        Webhook.objects.update(earlier_until=utc_now())
    assert "The secret before signs as well until" not in text_of(client.get(where))


def test_a_secret_waits_sealed_for_its_own_page(client: Client, cast: Cast) -> None:
    other = add_webhook(
        actor=actor_of(cast.admin),
        tenant=cast.acme.id,
        webhook=WebhookInput("Chat", URL),
        now=utc_now(),
    )
    where = place(cast, f"{other.webhook}/")
    client.post(where, {"action": "rotate"})
    kept = client.session["to_show_once"]
    assert "whsec_" not in str(kept)
    added = add(client, cast)
    assert secret_in(added)
    assert not secret_in(client.get(where))
    client.post(page_of_the_latest(cast), {"action": "rotate"})
    assert not secret_in(client.get(where))
    session = client.session
    session["to_show_once"] |= {"sealed": "retired:AAAA"}
    session.save()
    assert not secret_in(client.get(page_of_the_latest(cast)))


def page_of_the_latest(cast: Cast) -> str:
    with tenant_scope([cast.acme.id]):
        return place(cast, f"{Webhook.objects.latest('id').uid}/")


def change(client: Client, where: str, **fields: str) -> HttpResponse:
    """As the form stands, but for some fields."""
    page = client.get(f"{where}edit/").content.decode()
    (seen,) = re.findall(r'name="seen" value="([^"]+)"', page)
    form = {"name": "Tickets", "url": URL, "what": "reminders", "seen": seen}
    return client.post(f"{where}edit/", form | fields, follow=True)


def test_name_address_and_kinds_are_changed(client: Client, cast: Cast) -> None:
    add(client, cast)
    where = page_of(client, cast)
    changed = change(client, where, name="Chat", url=f"{URL}/two", what="all")
    shown = text_of(changed)
    assert "Saved." in shown
    assert "Everything that concerns the whole tenant" in shown
    with tenant_scope([cast.acme.id]):
        hook = Webhook.objects.get()
    assert (hook.name, hook.url, hook.kinds, hook.is_enabled) == ("Chat", f"{URL}/two", [], True)
    same = change(client, where, name="Chat", url=f"{URL}/two", what="all")
    assert "Nothing has changed." in text_of(same)
    assert change(client, where, name="").status_code == 422
    refused = change(client, where, url="https://10.0.0.1/")
    assert (refused.status_code, "Give an address such as" in text_of(refused)) == (422, True)


def test_what_somebody_else_has_saved_is_not_overwritten_unseen(client: Client, cast: Cast) -> None:
    add(client, cast)
    where = page_of(client, cast)
    late = change(client, where, name="Late", seen="2026-01-01T00:00:00+00:00")
    assert late.status_code == 409
    assert 'value="Late"' in late.content.decode()
    (seen,) = re.findall(r'name="seen" value="([^"]+)"', late.content.decode())
    assert "Saved." in text_of(change(client, where, name="Late", seen=seen))
    assert "Saved." in text_of(change(client, where, name="No day", seen="nonsense"))


def test_a_choice_of_a_program_can_be_kept(client: Client, cast: Cast) -> None:
    kinds = (Kind.RUN_DONE, Kind.RUN_PROBLEMS)
    hook = WebhookInput("Chat", URL, kinds)
    made = add_webhook(actor=actor_of(cast.admin), tenant=cast.acme.id, webhook=hook, now=utc_now())
    where = place(cast, f"{made.webhook}/")
    assert "2 kinds of notifications" in text_of(client.get(f"{where}edit/"))
    change(client, where, name="Chats", what="chosen")
    with tenant_scope([cast.acme.id]):
        kept = Webhook.objects.get()
    assert (kept.name, kept.kinds) == ("Chats", [str(kind) for kind in kinds])


def test_deliveries_are_found_by_state(client: Client, cast: Cast) -> None:
    add(client, cast)
    where = page_of(client, cast)
    with tenant_scope([cast.acme.id]):
        hook = Webhook.objects.get()
        for number in range(60):
            Delivery.objects.create(
                webhook=hook,
                tenant_id=cast.acme.id,
                kind="RUN_DONE" if number else "COVERAGE_ENDS",
                key=str(number),
                body="{}",
                state="FAILED" if number else "DELIVERED",
                created_at=utc_now(),
            )
    delivered = client.get(f"{where}?state=DELIVERED").content.decode()
    assert ("COVERAGE_ENDS" in delivered, "RUN_DONE" in delivered) == (True, False)
    failed = client.get(f"{where}?state=FAILED").content.decode()
    assert ("COVERAGE_ENDS" in failed, "RUN_DONE" in failed) == (False, True)
    (older,) = re.findall(r'href="(\?state=FAILED&amp;after=[^"]+)"', failed)
    assert "COVERAGE_ENDS" not in client.get(where + older.replace("&amp;", "&")).content.decode()
    assert "No delivery is in this state" in text_of(client.get(f"{where}?state=PENDING"))
    assert client.get(f"{where}?state=NONSENSE").status_code == 200


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
