"""Saying what is to be sent to webhooks: what happened, a test, something once more."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import QuerySet

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.config.env import env
from fleetward.infra.jobs import enqueue
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.notifications.contracts import DeliveryState
from fleetward.notifications.models import Delivery, Webhook
from fleetward.notifications.webhooks.contracts import TEST, Item, WebhookOff
from fleetward.notifications.webhooks.kinds import SENT, sent_params
from fleetward.notifications.webhooks.queries import find_webhook, webhooks_of
from fleetward.notifications.webhooks.rules import body_of, lane_of

DELIVER, DUE = "notifications.deliver", "notifications.due"


def announce(item: Item, *, now: datetime) -> None:
    """Have every webhook of a tenant that wants it get an item, once for its key.

    What concerns one person alone goes to none, and personal data are left out (`kinds`).
    Joins the transaction of what it tells of.
    """
    if item.kind not in SENT:
        return
    hooks = Webhook.objects.filter(tenant_id=item.tenant, is_enabled=True).select_related("tenant")
    for hook in hooks.order_by("id"):
        if _wants(hook, item):
            data = {
                "customer_id": hook.tenant.customer_id,
                "level": item.level,
                "params": sent_params(item.kind, item.params),
                "link": env().public_address(item.link) if item.link else "",
            }
            _put(hook, str(item.kind), item.key, data, now)


def _wants(hook: Webhook, item: Item) -> bool:
    """Not that it is in trouble itself: its receiver would lose that too, or refuse it for ever."""
    is_itself = item.params.get("webhook") == str(hook.uid)
    return (not hook.kinds or item.kind in hook.kinds) and not is_itself


@use_case
def try_webhook(*, actor: Actor, tenant: int, uid: uuid.UUID, now: datetime) -> uuid.UUID:
    """Send a webhook something of no meaning, of the kind TEST; returns the delivery.

    Raises: NotFound, Forbidden, WebhookOff.   Audit: webhook.tested
    """
    hook = find_webhook(webhooks_of(actor, tenant), uid)
    if not hook.is_enabled:
        raise WebhookOff
    data = {"customer_id": hook.tenant.customer_id}
    sent = _put(hook, TEST, f"test:{uuid.uuid4()}", data, now)
    _record(actor, Verb.WEBHOOK_TESTED, hook, sent, now)
    return sent.uid


@use_case
def replay(*, actor: Actor, tenant: int, webhook: uuid.UUID, uid: uuid.UUID, now: datetime) -> None:
    """Send a delivery once more, whatever became of it, under its id: receivers know it again.

    Raises: NotFound, Forbidden, WebhookOff.   Audit: webhook.replayed
    """
    hook = find_webhook(webhooks_of(actor, tenant), webhook)
    own = Delivery.objects.filter(tenant_id=tenant, webhook_id=hook.id, uid=uid)
    found = own.select_for_update().first()
    if found is None:
        raise NotFound
    if not hook.is_enabled:
        raise WebhookOff
    found.state, found.tries = DeliveryState.PENDING, 0
    plan(found, now)
    _record(actor, Verb.WEBHOOK_REPLAYED, hook, found, now)


def plan(delivery: Delivery, now: datetime, wait: timedelta | None = None) -> None:
    """Have a delivery tried, now or later; a try that was planned before is void."""
    delivery.turn += 1
    delivery.due_at = now + (wait or timedelta())
    delivery.save()
    if wait is None:
        _line_up(delivery)
    else:
        # In its lane it would hold up all that comes after it, for as long as it waits.
        _store_job(DUE, delivery, wait=wait)


def come_due(*, tenant: int, delivery: int, turn: int) -> None:
    """The wait of a delivery is over. Repeat: of several tries of a turn one is made."""
    with tenant_scope([tenant]):
        found = planned(tenant, delivery, turn).first()
        if found is not None:
            _line_up(found)


def planned(tenant: int, delivery: int, turn: int) -> QuerySet[Delivery]:
    """A delivery, if that turn of it is still to come."""
    waiting = Delivery.objects.filter(tenant_id=tenant, id=delivery, turn=turn)
    return waiting.filter(state=DeliveryState.PENDING).select_related("webhook__tenant")


def _line_up(delivery: Delivery) -> None:
    """A slow receiver takes one thread, those of a tenant a few: others are sent to meanwhile."""
    _store_job(DELIVER, delivery, lane=lane_of(delivery.tenant_id, delivery.webhook_id))


def _store_job(
    name: str, delivery: Delivery, *, lane: str | None = None, wait: timedelta | None = None
) -> None:
    enqueue(
        name,
        lock=lane,
        wait=wait,
        tenant=delivery.tenant_id,
        delivery=delivery.id,
        turn=delivery.turn,
    )


def _put(hook: Webhook, kind: str, key: str, data: Mapping[str, object], now: datetime) -> Delivery:
    delivery, is_new = Delivery.objects.get_or_create(
        webhook=hook,
        key=key,
        defaults={
            "tenant_id": hook.tenant_id,
            "kind": kind,
            "body": body_of(kind, data, now),
            "created_at": now,
        },
    )
    if is_new:
        plan(delivery, now)
    return delivery


def _record(actor: Actor, verb: Verb, hook: Webhook, delivery: Delivery, now: datetime) -> None:
    record(
        actor=actor,
        verb=verb,
        tenant=hook.tenant_id,
        subject=f"webhook:{hook.uid}",
        details={"name": hook.name, "delivery": str(delivery.uid)},
        now=now,
    )
