"""One try of a delivery: the call, which no transaction waits for, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.config.env import env
from fleetward.infra.crypto import BadSeal
from fleetward.infra.http import HttpClient, HttpFailure
from fleetward.infra.metrics import count_delivery
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor, system_actor
from fleetward.notifications.contracts import DeliveryState, Kind
from fleetward.notifications.models import Delivery, Webhook
from fleetward.notifications.webhooks.actions.queueing import plan, planned
from fleetward.notifications.webhooks.actions.troubles import note_given_up, note_taken, tell_of
from fleetward.notifications.webhooks.contracts import BROKEN, CLOSED, OFF
from fleetward.notifications.webhooks.rules import headers_of, is_gone, is_taken, wait_after
from fleetward.notifications.webhooks.seals import open_secret

Clock = Callable[[], datetime]

CONNECT_SECONDS, READ_SECONDS, WHOLE_CALL_SECONDS = 5.0, 10.0, 15.0
# Of the answer nothing is kept.
MOST_ANSWERED = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a try has come to: the status of the answer, or why there is none."""

    status: int | None = None
    error: str = ""

    @property
    def is_gone(self) -> bool:
        return self.status is not None and is_gone(self.status)

    def wait_after(self, tries: int) -> timedelta | None:
        """Until the next try; None when there is none."""
        is_over = not self.error or self.is_gone or self.error == OFF
        return None if is_over else wait_after(tries)


def outgoing() -> HttpClient:
    """For one call: receivers are many, and seldom called."""
    settings = env().outgoing
    return HttpClient(
        allow_internal=settings.allow_internal,
        proxy=settings.proxy or None,
        connect_seconds=CONNECT_SECONDS,
        read_seconds=READ_SECONDS,
        whole_call_seconds=WHOLE_CALL_SECONDS,
    )


def deliver(*, tenant: int, delivery: int, turn: int, clock: Clock) -> None:
    """Try a delivery, and plan the next try if it fails (over three days, then no more).

    Of one that is given up, and of a receiver that is gone, people are told (`troubles`).
    Audit: webhook.gone when the receiver is.   Repeat: a try that was made, or is void because of
    a later one, is not made. A worker that dies between call and commit makes it twice, under the
    same id.
    """
    with tenant_scope([tenant]):
        found = planned(tenant, delivery, turn).first()
    if found is not None:
        _keep(tenant, delivery, turn, _tried(found, clock()), clock)


def break_try(*, tenant: int, delivery: int, turn: int, clock: Clock) -> None:
    """The last start of a job has failed: the try counts as a failed one."""
    _keep(tenant, delivery, turn, Outcome(error=BROKEN), clock)


def _tried(delivery: Delivery, now: datetime) -> Outcome:
    hook = delivery.webhook
    if not hook.is_enabled:
        return Outcome(error=OFF)
    try:
        headers = headers_of(_secrets(hook, now), str(delivery.uid), delivery.body, now)
    except BadSeal:
        return Outcome(error=CLOSED)
    client, body = outgoing(), delivery.body.encode()
    try:
        answer = client.send("POST", hook.url, headers=headers, body=body, max_bytes=MOST_ANSWERED)
    except HttpFailure as failure:
        return Outcome(error=str(failure))
    finally:
        client.close()
    return Outcome(answer.status, "" if is_taken(answer.status) else f"HTTP {answer.status}")


def _secrets(hook: Webhook, now: datetime) -> list[str]:
    """The present one first. Raises: BadSeal."""
    both = hook.earlier_until is not None and now < hook.earlier_until
    sealed = [hook.sealed_secret, *([hook.sealed_earlier] if both else [])]
    return [open_secret(hook, one) for one in sealed]


def _keep(tenant: int, delivery: int, turn: int, outcome: Outcome, clock: Clock) -> None:
    actor = system_actor("Webhooks", tenant)
    ended = _kept(
        actor=actor, tenant=tenant, delivery=delivery, turn=turn, outcome=outcome, now=clock()
    )
    if ended:
        count_delivery(ended)


@use_case
def _kept(
    *, actor: Actor, tenant: int, delivery: int, turn: int, outcome: Outcome, now: datetime
) -> str:
    """What came of the try, as it is counted; empty where nothing was tried."""
    found = planned(tenant, delivery, turn).select_for_update(of=("self",)).first()
    if found is None:
        return ""
    found.tries += 1
    found.attempted_at, found.due_at = now, None
    found.status, found.error = outcome.status, outcome.error[:300]
    wait = outcome.wait_after(found.tries)
    if wait is not None:
        plan(found, now, wait)
        return "failed"
    found.state = DeliveryState.FAILED if outcome.error else DeliveryState.DELIVERED
    found.delivered_at = None if outcome.error else now
    found.save()
    _follow(actor, found.webhook, outcome, now)
    if outcome.error == OFF:
        return ""
    return "given_up" if outcome.error else "delivered"


def _follow(actor: Actor, hook: Webhook, outcome: Outcome, now: datetime) -> None:
    """What the end of a delivery means for its webhook. Who switched it off knows of the rest."""
    if outcome.is_gone:
        _switch_off(actor, hook, now)
    elif not outcome.error:
        note_taken(hook)
    elif outcome.error != OFF:
        note_given_up(hook, now)


def _switch_off(actor: Actor, hook: Webhook, now: datetime) -> None:
    """Its receiver is gone (410): the standard asks not to come again."""
    on = Webhook.objects.filter(id=hook.id, is_enabled=True)
    if on.update(is_enabled=False, gone_at=now, updated_at=now):
        record(
            actor=actor,
            verb=Verb.WEBHOOK_GONE,
            tenant=hook.tenant_id,
            subject=f"webhook:{hook.uid}",
            details={"name": hook.name},
            now=now,
        )
        tell_of(hook, Kind.WEBHOOK_GONE, now)
