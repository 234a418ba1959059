"""Questions about webhooks and what was sent to them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db.models import QuerySet

from fleetward.infra.listing import latest_first
from fleetward.infra.tx import scoped, tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.paging import Page
from fleetward.kernel.rights import Capability, require
from fleetward.notifications.contracts import DeliveryState, Kind
from fleetward.notifications.models import Delivery, Webhook
from fleetward.notifications.webhooks.contracts import DeliveryRow, WebhookRow


@scoped
def list_webhooks(
    *, actor: Actor, tenant: int, cursor: str | None = None, limit: int = 50
) -> Page[WebhookRow]:
    """The webhooks of a tenant, latest first. Raises: NotFound, Forbidden, BadCursor."""
    hooks = webhooks_of(actor, tenant)
    return latest_first(hooks, cursor=cursor, limit=limit, row=webhook_row)


def tenants_with_webhooks(tenants: Iterable[int]) -> list[int]:
    """Those of some tenants that have any. For the clock, and nobody's question."""
    with tenant_scope(tenants):
        return list(
            Webhook.objects.order_by("tenant_id").values_list("tenant_id", flat=True).distinct()
        )


@scoped
def get_webhook(*, actor: Actor, tenant: int, uid: uuid.UUID) -> WebhookRow:
    """One of them. Raises: NotFound, Forbidden."""
    return webhook_row(find_webhook(webhooks_of(actor, tenant), uid))


@scoped
def list_deliveries(
    *,
    actor: Actor,
    tenant: int,
    webhook: uuid.UUID,
    state: DeliveryState | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[DeliveryRow]:
    """What was sent to a webhook, or is to be, latest first.

    Raises: NotFound, Forbidden, BadCursor.
    """
    hook = find_webhook(webhooks_of(actor, tenant), webhook)
    deliveries = Delivery.objects.filter(tenant_id=tenant, webhook_id=hook.id)
    if state is not None:
        deliveries = deliveries.filter(state=state)
    return latest_first(deliveries, cursor=cursor, limit=limit, row=delivery_row)


@scoped
def get_delivery(*, actor: Actor, tenant: int, webhook: uuid.UUID, uid: uuid.UUID) -> DeliveryRow:
    """One of them. Raises: NotFound, Forbidden."""
    hook = find_webhook(webhooks_of(actor, tenant), webhook)
    found = Delivery.objects.filter(tenant_id=tenant, webhook_id=hook.id, uid=uid).first()
    if found is None:
        raise NotFound
    return delivery_row(found)


def webhooks_of(actor: Actor, tenant: int) -> QuerySet[Webhook]:
    """Those of a tenant, within a scope, for actions. Raises: NotFound, Forbidden."""
    require(actor, Capability.MANAGE_SETTINGS, tenant=tenant)
    return Webhook.objects.filter(tenant_id=tenant).select_related("tenant")


def find_webhook(hooks: QuerySet[Webhook], uid: uuid.UUID) -> Webhook:
    """One of some. Raises: NotFound."""
    found = hooks.filter(uid=uid).first()
    if found is None:
        raise NotFound
    return found


def webhook_row(hook: Webhook) -> WebhookRow:
    return WebhookRow(
        uid=hook.uid,
        name=hook.name,
        url=hook.url,
        kinds=tuple(Kind(kind) for kind in hook.kinds),
        is_enabled=hook.is_enabled,
        gone_at=hook.gone_at,
        given_up_at=hook.given_up_at,
        earlier_until=hook.earlier_until,
        created_at=hook.created_at,
        updated_at=hook.updated_at,
    )


def delivery_row(delivery: Delivery) -> DeliveryRow:
    return DeliveryRow(
        uid=delivery.uid,
        kind=delivery.kind,
        state=DeliveryState(delivery.state),
        tries=delivery.tries,
        status=delivery.status,
        error=delivery.error,
        body=delivery.body,
        created_at=delivery.created_at,
        attempted_at=delivery.attempted_at,
        delivered_at=delivery.delivered_at,
        due_at=delivery.due_at,
    )
