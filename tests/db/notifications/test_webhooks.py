"""Webhooks: what happened is sent once to whoever wants it, tried again, replayed and forgotten."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
import standardwebhooks
from django.db import connection
from prometheus_client import REGISTRY

from fleetward.infra.sql import fetch_text
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import NotFound
from fleetward.notifications import jobs
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import DeliveryState, Kind
from fleetward.notifications.models import Delivery
from fleetward.notifications.webhooks.actions import (
    add_webhook,
    break_try,
    deliver,
    forget,
    try_webhook,
)
from fleetward.notifications.webhooks.contracts import (
    BadWebhook,
    WebhookInput,
    WebhookOff,
)
from fleetward.notifications.webhooks.kinds import SENT
from fleetward.notifications.webhooks.queries import (
    get_webhook,
)
from fleetward.notifications.webhooks.rules import WAITS
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
