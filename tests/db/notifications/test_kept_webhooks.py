"""Webhooks as they are kept: their secrets, what may be set, who may, and what the trail has."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
import standardwebhooks

from fleetward.infra.keys import Resealed, add_key, count_values, present_keys, put_first
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import ChangedMeanwhile, Forbidden, NotFound
from fleetward.notifications.contracts import Kind
from fleetward.notifications.models import Webhook
from fleetward.notifications.webhooks.actions import (
    add_webhook,
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
)
from fleetward.notifications.webhooks.queries import (
    get_delivery,
    get_webhook,
    list_deliveries,
    list_webhooks,
)
from fleetward.notifications.webhooks.sealed_place import SealedWebhooks
from tests.cast import actor_of
from tests.db.notifications.office import URL, Office
from tests.db.notifications.receiver import Receiver


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


@pytest.mark.usefixtures("key_file")
def test_keys_are_rotated_with_webhooks(office: Office, receiver: Receiver) -> None:
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
