"""Posting and reading notifications."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.notifications.contracts import Kind, Level
from fleetward.notifications.models import Notification
from fleetward.notifications.webhooks.actions import announce
from fleetward.notifications.webhooks.contracts import Item


def post(
    *,
    tenant: int,
    users: Iterable[int],
    kind: Kind,
    key: str,
    params: Mapping[str, object],
    now: datetime,
    level: Level = Level.INFO,
    link: str = "",
) -> None:
    """Tell users of a tenant something once: the same `key` is never told twice (hardening 7).

    Its webhooks get it too, whoever is told.

    Called within the use case that it tells of; joins its transaction.
    """
    Notification.objects.bulk_create(
        [
            Notification(
                tenant_id=tenant,
                user_id=user,
                kind=kind,
                level=level,
                params=dict(params),
                link=link,
                key=key,
                created_at=now,
            )
            for user in users
        ],
        ignore_conflicts=True,
    )
    announce(Item(tenant, kind, level, key, params, link), now=now)


def mark_read(
    *, actor: Actor, tenant: int, now: datetime, uids: Iterable[str] | None = None
) -> int:
    """Mark the actor's notifications of a tenant as read, all or those given; returns how many."""
    with tenant_scope(actor.tenants):
        unread = Notification.objects.filter(user_id=actor.own_id, tenant_id=tenant, read_at=None)
        if uids is not None:
            unread = unread.filter(uid__in=list(uids))
        return unread.update(read_at=now)
