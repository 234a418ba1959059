"""Webhooks: what happened is sent once to whoever wants it, tried again, replayed and forgotten."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
import standardwebhooks
from django.db import connection
from prometheus_client import REGISTRY

from fleetward.infra import keys
from fleetward.infra.crypto import create_key_file
from fleetward.infra.keys import Resealed, add_key, count_values, present_keys, put_first
from fleetward.infra.sql import fetch_text
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import ChangedMeanwhile, Forbidden, NotFound
from fleetward.notifications import jobs
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import DeliveryState, Kind
from fleetward.notifications.models import Delivery, Webhook
from fleetward.notifications.webhooks.actions import (
    add_webhook,
    break_try,
    change_webhook,
    deliver,
    forget,
    remove_webhook,
    replay,
    rotate_secret,
    try_webhook,
)
from fleetward.notifications.webhooks.contracts import (
    MOST_WEBHOOKS,
    BadWebhook,
    SecretStillChanging,
    TooManyWebhooks,
    WebhookInput,
    WebhookOff,
)
from fleetward.notifications.webhooks.kinds import SENT
from fleetward.notifications.webhooks.queries import (
    get_delivery,
    get_webhook,
    list_deliveries,
    list_webhooks,
)
from fleetward.notifications.webhooks.rules import WAITS
from fleetward.notifications.webhooks.sealed_place import SealedWebhooks
from fleetward.tenancy import jobs as of_tenants
from tests.cast import actor_of, make_cast
from tests.db.notifications.office import URL, Office
from tests.db.notifications.receiver import Receiver, receiving
from tests.plugins.database import FreshDatabase
from tests.races import in_a_thread


def waits() -> list[timedelta | None]:
    """How long the jobs of tries wait, in the order in which they were stored."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT scheduled_at, now() FROM procrastinate_jobs"
            " WHERE task_name LIKE 'notifications.%' ORDER BY id"
        )
        return [at and at - now for at, now in cursor.fetchall()]


def test_l5_what_the_bell_tells_is_sent_and_its_signature_holds(
    office: Office, receiver: Receiver
) -> None:
    made = office.add(receiver.url)
    office.happens(link="/t/X/devices/")
    office.work()
    (payload,) = receiver.payloads(made.secret)
    assert payload["type"] == "COVERAGE_ENDS"
    assert payload["data"] == {
        "customer_id": office.cast.acme.customer_id,
        "level": "INFO",
        "params": {"devices": 3},
        "link": "http://127.0.0.1:8000/t/X/devices/",
    }
    (row,) = office.deliveries(made.webhook)
    assert (row.state, row.tries, row.status, row.error) == ("DELIVERED", 1, 204, "")
    assert receiver.ids == [str(row.uid)]
    assert row.delivered_at is not None
    assert json.loads(row.body) == payload


def test_another_secret_does_not_open_it(office: Office, receiver: Receiver) -> None:
    office.add(receiver.url)
    other = office.add(kinds=(Kind.RUN_DONE,))
    office.happens()
    office.work()
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        receiver.payloads(other.secret)


def test_it_is_sent_once_however_many_are_told_and_however_often(
    office: Office, receiver: Receiver
) -> None:
    made = office.add(receiver.url)
    for _ in range(2):
        office.happens()
        office.work()
    assert len(receiver.got) == len(office.deliveries(made.webhook)) == 1


def test_a_webhook_gets_the_kinds_that_it_wants_while_it_is_on(office: Office) -> None:
    every = office.add().webhook
    some = office.add(kinds=(Kind.RUN_DONE, Kind.RUN_DONE)).webhook
    off = office.add(is_enabled=False).webhook
    for kind in (Kind.COVERAGE_ENDS, Kind.RUN_DONE):
        office.happens(kind, key=kind)
    kinds = [[row.kind for row in office.deliveries(uid)] for uid in (every, some, off)]
    assert kinds == [["RUN_DONE", "COVERAGE_ENDS"], ["RUN_DONE"], []]
    assert get_webhook(actor=office.actor, tenant=office.tenant, uid=some).kinds == (Kind.RUN_DONE,)


def test_another_tenant_gets_nothing_of_it(office: Office) -> None:
    outsider = actor_of(office.cast.outsider)
    hook = WebhookInput("Theirs", URL)
    theirs = add_webhook(actor=outsider, tenant=office.cast.other.id, webhook=hook, now=utc_now())
    office.happens()
    with tenant_scope([office.tenant, office.cast.other.id]):
        assert not Delivery.objects.exists()
    with pytest.raises(NotFound):
        get_webhook(actor=office.actor, tenant=office.tenant, uid=theirs.webhook)


def test_a_failed_try_is_made_again_under_the_same_id(office: Office) -> None:
    with receiving(500, 302, 204) as receiver:
        made = office.add(receiver.url)
        office.happens()
        office.work()
        (row,) = office.deliveries(made.webhook)
        assert (row.state, row.tries, row.error) == ("PENDING", 1, "HTTP 500")
        assert row.due_at is not None
        assert row.attempted_at is not None
        assert row.due_at - row.attempted_at == WAITS[0]
        office.work()
        office.work()
        (row,) = office.deliveries(made.webhook)
        assert (row.state, row.tries, row.status, row.due_at) == ("DELIVERED", 3, 204, None)
        assert len(set(receiver.ids)) == 1
        assert len(receiver.payloads(made.secret)) == 3
    first, second, third = waits()
    assert first is None
    assert second is not None
    assert third is not None
    # Counted from when they were stored, in seconds.
    assert timedelta() < second <= WAITS[0] + timedelta(seconds=30) < third


def test_it_is_given_up_after_the_last_wait_and_can_be_replayed(office: Office) -> None:
    with receiving(503) as receiver:
        made = office.add(receiver.url)
        office.happens()
        for _ in range(len(WAITS) + 3):
            office.work()
        (row,) = office.deliveries(made.webhook, DeliveryState.FAILED)
        assert (row.tries, len(receiver.got)) == (len(WAITS) + 1, len(WAITS) + 1)
        receiver.statuses = [200]
        office.replay(made.webhook, row.uid)
        (row,) = office.deliveries(made.webhook, DeliveryState.PENDING)
        assert row.tries == 0
        office.work()
        (row,) = office.deliveries(made.webhook, DeliveryState.DELIVERED)
        assert (row.tries, set(receiver.ids)) == (1, {str(row.uid)})
    assert office.trail()[-1][0] == "webhook.replayed"


def test_a_try_that_was_planned_before_a_replay_is_void(office: Office, receiver: Receiver) -> None:
    made = office.add(receiver.url)
    office.happens()
    (before,) = office.planned()
    (row,) = office.deliveries(made.webhook)
    office.replay(made.webhook, row.uid)
    deliver(**before, clock=utc_now)
    assert receiver.got == []
    office.work()
    office.work()
    assert len(receiver.got) == 1


def test_nobody_there_is_a_failed_try(office: Office) -> None:
    with receiving() as receiver:
        url = receiver.url
    made = office.add(url)
    office.happens()
    office.work()
    (row,) = office.deliveries(made.webhook)
    assert (row.state, row.status) == ("PENDING", None)
    assert row.error.startswith("UNREACHABLE: POST 127.0.0.1/hook")


def test_a_receiver_that_is_gone_is_left_alone(office: Office) -> None:
    with receiving(410) as receiver:
        made = office.add(receiver.url)
        office.happens()
        office.happens(key="two")
        first, second = office.planned()
        deliver(**first, clock=utc_now)
        deliver(**second, clock=utc_now)
        assert len(receiver.got) == 1
    hook = get_webhook(actor=office.actor, tenant=office.tenant, uid=made.webhook)
    assert (hook.is_enabled, hook.gone_at is None) == (False, False)
    later, sooner = office.deliveries(made.webhook, DeliveryState.FAILED)
    assert (sooner.error, later.error) == ("HTTP 410", "switched off")
    assert [verb for verb, _ in office.trail()] == ["webhook.added", "webhook.gone"]
    with pytest.raises(WebhookOff):
        office.replay(made.webhook, sooner.uid)
    office.change(made.webhook, is_enabled=True)
    assert get_webhook(actor=office.actor, tenant=office.tenant, uid=made.webhook).gone_at is None


def test_a_receiver_that_is_gone_does_not_switch_off_what_is_off(
    fresh_database: FreshDatabase,
) -> None:
    office = Office(make_cast())
    with receiving(410) as receiver:
        made = office.add(receiver.url)
        office.happens()
        (turn,) = office.planned()
        off = partial(office.change, made.webhook, is_enabled=False)
        receiver.meanwhile.append(partial(in_a_thread, off))
        deliver(**turn, clock=utc_now)
    assert [verb for verb, _ in office.trail()] == ["webhook.added", "webhook.changed"]


def test_a_test_is_sent_each_time(office: Office, receiver: Receiver) -> None:
    made = office.add(receiver.url, kinds=(Kind.RUN_DONE,))
    sent = [
        try_webhook(actor=office.actor, tenant=office.tenant, uid=made.webhook, now=utc_now())
        for _ in range(2)
    ]
    office.work()
    assert [payload["type"] for payload in receiver.payloads(made.secret)] == ["TEST", "TEST"]
    assert receiver.ids == [str(uid) for uid in sent]
    office.change(made.webhook, is_enabled=False)
    with pytest.raises(WebhookOff):
        try_webhook(actor=office.actor, tenant=office.tenant, uid=made.webhook, now=utc_now())


def test_both_secrets_sign_for_a_day(office: Office, receiver: Receiver) -> None:
    old = office.add(receiver.url)
    new = rotate_secret(actor=office.actor, tenant=office.tenant, uid=old.webhook, now=utc_now())
    office.happens()
    office.work()
    for secret in (old.secret, new.secret):
        assert len(receiver.payloads(secret)) == 1
    receiver.got.clear()
    with tenant_scope([office.tenant]):
        Webhook.objects.update(earlier_until=utc_now())
    office.happens(key="two")
    office.work()
    assert len(receiver.payloads(new.secret)) == 1
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        receiver.payloads(old.secret)


def test_a_third_secret_does_not_silence_the_one_in_use(office: Office, receiver: Receiver) -> None:
    first = office.add(receiver.url)
    then = utc_now()
    rotating = partial(rotate_secret, actor=office.actor, tenant=office.tenant, uid=first.webhook)
    second = rotating(now=then)
    with pytest.raises(SecretStillChanging):
        rotating(now=then + timedelta(hours=23))
    office.happens()
    office.work()
    for secret in (first.secret, second.secret):
        assert len(receiver.payloads(secret)) == 1
    rotating(now=then + timedelta(hours=24))


def test_a_secret_that_signs_no_more_is_not_kept(office: Office) -> None:
    made = office.add()
    then = utc_now()
    rotate_secret(actor=office.actor, tenant=office.tenant, uid=made.webhook, now=then)
    until = then + timedelta(hours=24)
    forget(tenant=office.tenant, now=until - timedelta(seconds=1))
    row = get_webhook(actor=office.actor, tenant=office.tenant, uid=made.webhook)
    assert row.earlier_until == until
    assert row.earlier_signs_until(until - timedelta(seconds=1)) == until
    assert row.earlier_signs_until(until) is None
    forget(tenant=office.tenant, now=until)
    with tenant_scope([office.tenant]):
        hook = Webhook.objects.get()
    assert (hook.sealed_earlier, hook.earlier_until) == ("", None)
    assert hook.sealed_secret


def test_a_form_that_comes_twice_adds_one(office: Office) -> None:
    adding = partial(
        add_webhook, actor=office.actor, tenant=office.tenant, webhook=WebhookInput("Tickets", URL)
    )
    form = uuid4()
    first = adding(form=form, now=utc_now())
    again = adding(form=form, now=utc_now())
    assert (again.webhook, again.secret) == (first.webhook, "")
    assert first.secret
    assert adding(form=uuid4(), now=utc_now()).webhook != first.webhook
    outsider = actor_of(office.cast.outsider)
    theirs = add_webhook(
        actor=outsider,
        tenant=office.cast.other.id,
        webhook=WebhookInput("Theirs", URL),
        form=form,
        now=utc_now(),
    )
    assert theirs.secret
    assert [verb for verb, _ in office.trail()] == ["webhook.added"] * 2


def test_the_trail_keeps_a_webhook_before_and_after(office: Office) -> None:
    made = office.add(kinds=(Kind.RUN_DONE,))
    office.change(made.webhook, name="Chat", kinds=[Kind.COVERAGE_ENDS])
    office.change(made.webhook, url="https://other.example.org/secret-path?token=canary")
    office.change(made.webhook, url="https://other.example.org/another-path")
    first, second, third = (details for verb, details in office.trail() if verb != "webhook.added")
    assert first["before"] == {"name": "Tickets", "kinds": ["RUN_DONE"]}
    assert first["after"] == {"name": "Chat", "kinds": ["COVERAGE_ENDS"]}
    hosts = [[one["before"]["host"], one["after"]["host"]] for one in (second, third)]
    assert hosts == [["hooks.example.org", "other.example.org"], ["other.example.org"] * 2]
    assert third["before"]["address_digest"] != third["after"]["address_digest"]
    assert third["before"] == second["after"]
    told = json.dumps(office.trail())
    assert [word for word in ("path", "canary") if word in told] == []


def test_secrets_are_sealed_and_addresses_stay_out_of_the_trail(office: Office) -> None:
    made = office.add()
    office.change(made.webhook, name="Tickets of Lyon")
    with tenant_scope([office.tenant]):
        hook = Webhook.objects.get()
        assert made.secret not in hook.sealed_secret
    told = json.dumps(office.trail())
    assert "hooks.example.org" in told
    assert "secret-path" not in told
    assert made.secret not in told


def test_keys_are_rotated_with_webhooks(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    file = tmp_path / "sealing.keys"
    create_key_file(file)
    monkeypatch.setattr(keys, "key_file", lambda: file)
    first = present_keys().current
    made = office.add(receiver.url)
    office.add()
    rotate_secret(actor=office.actor, tenant=office.tenant, uid=made.webhook, now=utc_now())
    place = SealedWebhooks()
    with tenant_scope([office.tenant]):
        assert place.reseal() == Resealed()
    put_first(add_key())
    with tenant_scope([office.tenant]):
        assert place.reseal() == Resealed(values=3)
    assert count_values([office.tenant])[first] == 0
    office.happens()
    deliver(**office.planned()[0], clock=utc_now)
    assert len(receiver.payloads(made.secret)) == 1


def test_a_secret_that_no_key_opens_is_a_failed_try(office: Office, receiver: Receiver) -> None:
    made = office.add(receiver.url)
    with tenant_scope([office.tenant]):
        Webhook.objects.update(sealed_secret="lost:AAAA")
        assert SealedWebhooks().reseal() == Resealed(closed=1)
    office.happens()
    office.work()
    (row,) = office.deliveries(made.webhook)
    assert (row.state, row.error, receiver.got) == ("PENDING", "its secret cannot be opened", [])


def test_a_mistake_of_ours_is_a_failed_try(office: Office) -> None:
    made = office.add()
    office.happens()
    (turn,) = office.planned()
    for _ in range(2):
        break_try(**turn, clock=utc_now)
    (row,) = office.deliveries(made.webhook)
    assert (row.tries, row.error) == (1, "an error on our server")


def test_what_is_over_is_kept_for_thirty_days(office: Office, receiver: Receiver) -> None:
    """Of a webhook that is off as well: what counts is the latest try, and the clock."""
    made = office.add(receiver.url)
    for key in ("old", "replayed", "waiting"):
        office.happens(key=key)
    for turn in office.planned()[:2]:
        deliver(**turn, clock=utc_now)
    old = utc_now() - timedelta(days=31)
    with tenant_scope([office.tenant]):
        Delivery.objects.update(created_at=old, attempted_at=old)
    waiting, replayed, _ = office.deliveries(made.webhook)
    office.replay(made.webhook, replayed.uid)
    deliver(**office.planned()[0], clock=utc_now)
    assert len(office.deliveries(made.webhook)) == 3
    office.change(made.webhook, is_enabled=False)
    assert forget(tenant=office.tenant, now=utc_now()) == 1
    assert [row.uid for row in office.deliveries(made.webhook)] == [waiting.uid, replayed.uid]
    assert forget(tenant=office.tenant, now=utc_now() + timedelta(days=31)) == 1
    assert [row.uid for row in office.deliveries(made.webhook)] == [waiting.uid]


def test_the_clock_has_a_job_for_each_tenant_with_webhooks(
    office: Office, receiver: Receiver
) -> None:
    made = office.add(receiver.url)
    office.happens()
    office.work()
    old = utc_now() - timedelta(days=31)
    with tenant_scope([office.tenant]):
        Delivery.objects.update(created_at=old, attempted_at=old)
    of_tenants.forget_deliveries()
    of_tenants.forget_deliveries()
    rows = fetch_text(
        "SELECT args->>'tenant', queue_name FROM procrastinate_jobs WHERE task_name = %s",
        ["tenancy.forget_deliveries_of"],
    )
    # The other tenant of the office has none.
    assert rows == [(str(office.tenant), "clock")]
    of_tenants.forget_deliveries_of(tenant=office.tenant)
    assert office.deliveries(made.webhook) == []


def test_tries_are_counted_by_what_came_of_them(office: Office) -> None:
    def counted() -> list[float]:
        outcomes = ("delivered", "failed", "given_up")
        name = "fleetward_webhook_tries_total"
        values = [REGISTRY.get_sample_value(name, {"outcome": one}) for one in outcomes]
        return [value or 0 for value in values]

    before = counted()
    with receiving(503, 204, 410) as receiver:
        office.add(receiver.url)
        office.happens()
        (turn,) = office.planned()
        office.work()
        office.work()
        office.happens(key="two")
        office.happens(key="three")
        office.work()
        deliver(**turn, clock=utc_now)
    assert [now - then for now, then in zip(counted(), before, strict=True)] == [1, 1, 1]


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in SENT])
def test_what_concerns_one_person_goes_to_no_webhook(office: Office, kind: Kind) -> None:
    made = office.add()
    office.happens(kind)
    assert office.deliveries(made.webhook) == []
    with pytest.raises(BadWebhook) as refused:
        office.add(kinds=(kind,))
    assert refused.value.field == "kinds"
    with pytest.raises(BadWebhook):
        office.change(made.webhook, kinds=[kind])


def test_the_address_of_a_colleague_goes_to_no_webhook(office: Office) -> None:
    made = office.add()
    with tenant_scope([office.tenant]):
        post(
            tenant=office.tenant,
            users=[office.cast.admin.id],
            kind=Kind.MAIL_LOST,
            key="one",
            params={"email": "ada@acme.example"},
            link="/t/X/reminders/",
            now=utc_now(),
        )
    (row,) = office.deliveries(made.webhook)
    assert json.loads(row.body)["data"]["params"] == {}
    assert "ada@" not in row.body


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("name", "a\nb"),
        ("name", "x" * 81),
        ("url", ""),
        ("url", "hooks.example.org"),
        ("url", "ftp://hooks.example.org/"),
        ("url", "http://hooks.example.org/"),
        ("url", "https://user:word@hooks.example.org/"),
        ("url", "https://10.0.0.1/"),
        ("url", "https://[::1]/"),
        ("url", "https://hooks.example.org:0/"),
        ("url", f"https://hooks.example.org/{'x' * 500}"),
    ],
)
def test_what_cannot_be_is_refused(office: Office, field: str, value: str) -> None:
    with pytest.raises(BadWebhook) as refused:
        office.add(**{field: value})
    assert refused.value.field == field
    made = office.add()
    with pytest.raises(BadWebhook):
        office.change(made.webhook, **{field: value})


def test_a_change_that_changes_nothing_is_none(office: Office) -> None:
    uid = office.add().webhook
    before = get_webhook(actor=office.actor, tenant=office.tenant, uid=uid)
    assert not office.change(uid, name=" Tickets ", kinds=[])
    assert get_webhook(actor=office.actor, tenant=office.tenant, uid=uid) == before
    assert office.change(uid, url="https://other.example.org/", seen=before.updated_at)
    with pytest.raises(ChangedMeanwhile):
        office.change(uid, name="Late", seen=before.updated_at)
    with pytest.raises(ChangedMeanwhile):
        remove_webhook(
            actor=office.actor,
            tenant=office.tenant,
            uid=uid,
            now=utc_now(),
            seen=before.updated_at,
        )


def test_a_removed_webhook_takes_its_deliveries_along(office: Office, receiver: Receiver) -> None:
    uid = office.add(receiver.url).webhook
    office.happens()
    (turn,) = office.planned()
    name = remove_webhook(actor=office.actor, tenant=office.tenant, uid=uid, now=utc_now())
    deliver(**turn, clock=utc_now)
    assert (name, receiver.got) == ("Tickets", [])
    with pytest.raises(NotFound):
        office.deliveries(uid)
    assert [verb for verb, _ in office.trail()] == ["webhook.added", "webhook.removed"]


def test_a_tenant_has_so_many(office: Office) -> None:
    for _ in range(MOST_WEBHOOKS):
        office.add()
    with pytest.raises(TooManyWebhooks):
        office.add()
    page = list_webhooks(actor=office.actor, tenant=office.tenant, limit=MOST_WEBHOOKS)
    assert (len(page.rows), page.after) == (MOST_WEBHOOKS, None)


def test_whoever_may_not_set_the_tenant_up_has_no_webhooks(office: Office) -> None:
    uid = office.add().webhook
    office.happens()
    (row,) = office.deliveries(uid)
    delivery = {"webhook": uid, "uid": row.uid}
    for user, refusal in ((office.cast.device_admin, Forbidden), (office.cast.outsider, NotFound)):
        asking = {"actor": actor_of(user), "tenant": office.tenant}
        doing = asking | {"now": utc_now()}
        attempts: list[Callable[[], object]] = [
            partial(list_webhooks, **asking),
            partial(get_webhook, **asking, uid=uid),
            partial(list_deliveries, **asking, webhook=uid),
            partial(get_delivery, **asking, **delivery),
            partial(add_webhook, **doing, webhook=WebhookInput("Mine", URL)),
            partial(change_webhook, **doing, uid=uid, changes={"name": "Mine"}),
            partial(rotate_secret, **doing, uid=uid),
            partial(remove_webhook, **doing, uid=uid),
            partial(try_webhook, **doing, uid=uid),
            partial(replay, **doing, **delivery),
        ]
        for attempt in attempts:
            with pytest.raises(refusal):
                attempt()
    with pytest.raises(NotFound):
        office.replay(uid, uuid4())
    with pytest.raises(NotFound):
        get_delivery(actor=office.actor, tenant=office.tenant, webhook=uid, uid=uuid4())


def test_what_is_rolled_back_is_not_sent(office: Office) -> None:
    uid = office.add().webhook

    class Crash(Exception):
        pass

    def half_done() -> None:
        with tenant_scope([office.tenant]):
            office.happens()
            raise Crash

    with pytest.raises(Crash):
        half_done()
    assert office.deliveries(uid) == []
    assert waits() == []


def test_a_worker_that_died_after_the_call_sends_it_again_under_its_id(
    fresh_database: FreshDatabase,
) -> None:
    """At least once, and told once: the second worker comes while the first still calls."""
    office = Office(make_cast())
    with receiving() as receiver:
        made = office.add(receiver.url)
        office.happens()
        (turn,) = office.planned()
        again = partial(deliver, **turn, clock=utc_now)
        receiver.meanwhile.append(partial(in_a_thread, again))
        deliver(**turn, clock=utc_now)
        (row,) = office.deliveries(made.webhook)
        assert (row.state, row.tries) == ("DELIVERED", 1)
        assert receiver.ids == [str(row.uid)] * 2


def test_workers_send_what_the_queue_holds(
    fresh_database: FreshDatabase, run_jobs: Callable[[], None]
) -> None:
    office = Office(make_cast())
    with receiving() as receiver:
        made = office.add(receiver.url)
        office.happens()
        office.happens(Kind.RUN_DONE, key="two")
        run_jobs()
        types = {payload["type"] for payload in receiver.payloads(made.secret)}
        assert types == {"COVERAGE_ENDS", "RUN_DONE"}
        run_jobs()
        assert len(receiver.got) == 2


def test_the_job_acts_for_the_system(office: Office) -> None:
    """Repeat: what is not planned is left alone."""
    made = office.add()
    jobs._broken(tenant=office.tenant, delivery=0, turn=1)
    assert office.deliveries(made.webhook) == []
    assert system_actor("Webhooks", office.tenant).tenants == (office.tenant,)
