"""Posting and reading notifications."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.notifications.contracts import Kind, Level, Snooze
from fleetward.notifications.models import Notification
from fleetward.notifications.queries import own_items
from fleetward.notifications.rules import comes_back_at
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
    _post(Item(tenant, kind, level, key, params, link), users, now)


def post_about(*, item: Item, about: int, users: Iterable[int], now: datetime) -> None:
    """The same of what is about another tenant: its users find it in the bell of that one too.

    It goes to nobody there. Called within the use case that it tells of.
    """
    _post(item, users, now, about)


def _post(item: Item, users: Iterable[int], now: datetime, about: int | None = None) -> None:
    Notification.objects.bulk_create(
        [
            Notification(
                tenant_id=item.tenant,
                user_id=user,
                kind=item.kind,
                level=item.level,
                params=dict(item.params),
                link=item.link,
                key=item.key,
                created_at=now,
                about_tenant=about,
            )
            for user in users
        ],
        ignore_conflicts=True,
    )
    announce(item, now=now)


def mark_read(
    *, actor: Actor, tenant: int, now: datetime, uids: Iterable[str] | None = None
) -> int:
    """Mark the actor's notifications of a tenant as read, all or those given; returns how many.

    Of all of them those that are snoozed stay: they are to come back as something new.
    """
    with tenant_scope(actor.tenants):
        unread = own_items(actor, tenant).filter(read_at=None)
        if uids is None:
            unread = unread.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=now))
        else:
            unread = unread.filter(uid__in=list(uids))
        return unread.update(read_at=now)


def snooze(*, actor: Actor, tenant: int, uid: UUID, until: datetime | None) -> None:
    """Put one of the actor's notifications aside until a moment, or bring it back at once.

    It is unread from then on, so that it comes back as something new. Raises: NotFound.
    """
    with tenant_scope(actor.tenants):
        own = own_items(actor, tenant).filter(uid=uid)
        if not own.update(snoozed_until=until, read_at=None):
            raise NotFound


def put_aside(
    *, actor: Actor, tenant: int, uid: UUID, word: Snooze, now: datetime, zone: str
) -> None:
    """The same for as long as a word says, in the time zone of the tenant. Raises: NotFound."""
    until = comes_back_at(word, now=now, zone=zone)
    snooze(actor=actor, tenant=tenant, uid=uid, until=until)
