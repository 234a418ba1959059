"""What the bell shows."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet

from fleetward.infra.listing import latest_first
from fleetward.infra.tx import scoped
from fleetward.kernel.actor import Actor
from fleetward.kernel.paging import Page
from fleetward.notifications.contracts import (
    Bell,
    Claim,
    Kind,
    Level,
    MailChoice,
    MailWhen,
    NoteFilter,
    NotificationRow,
)
from fleetward.notifications.models import Mailing, Notification
from fleetward.notifications.rules import kinds_of


@scoped
def get_bell(*, actor: Actor, tenant: int, now: datetime) -> Bell:
    """The number at the bell of a tenant, and what differs once there is something new."""
    found = awake(own_items(actor, tenant).filter(read_at=None), now).aggregate(
        unread=Count("id"), newest=Max("id")
    )
    return Bell(found["unread"], f"{found['unread']}-{found['newest'] or 0}")


@scoped
def list_notifications(
    *,
    actor: Actor,
    tenant: int,
    cursor: str | None = None,
    limit: int = 50,
    only: NoteFilter | None = None,
    now: datetime | None = None,
) -> Page[NotificationRow]:
    """The actor's notifications of a tenant, latest first. Raises: BadCursor.

    `now`: those that are snoozed at that moment are left out, or the only ones where the filter
    asks for them.
    """
    wanted, items = only or NoteFilter(), own_items(actor, tenant)
    if wanted.is_unread:
        items = items.filter(read_at=None)
    if wanted.levels:
        items = items.filter(level__in=[str(level) for level in wanted.levels])
    kinds = kinds_of(wanted)
    if kinds is not None:
        items = items.filter(kind__in=[str(kind) for kind in kinds])
    if now is not None:
        items = items.filter(snoozed_until__gt=now) if wanted.is_snoozed else awake(items, now)
    return latest_first(items, cursor=cursor, limit=limit, row=lambda item: _row(item, now))


@scoped
def get_mail_choice(*, actor: Actor, tenant: int) -> MailChoice:
    """When the actor gets mails of what is new in a tenant."""
    found = Mailing.objects.filter(tenant_id=tenant, user_id=actor.own_id).first()
    return MailChoice(MailWhen(found.how), found.hour) if found else MailChoice()


@scoped
def list_claimed(
    *, actor: Actor, tenant: int, claim: Claim, now: datetime
) -> list[NotificationRow]:
    """What a mail is of: items of the actor that are still unread and not put aside since."""
    # Those that are about the tenant go out with the mails of their own.
    own = Notification.objects.filter(user_id=actor.own_id, tenant_id=tenant)
    items = awake(own.filter(read_at=None, mailed_at=claim.at), claim.at)
    return [_row(item, now) for item in items.order_by("-id")]


def own_items(actor: Actor, tenant: int) -> QuerySet[Notification]:
    """What the bell of a tenant shows the actor, within a scope: the tenant's items, and those of
    other tenants in reach that are about it.
    """
    shown = Q(tenant_id=tenant) | Q(about_tenant=tenant)
    return Notification.objects.filter(shown, user_id=actor.own_id)


def awake(items: QuerySet[Notification], now: datetime) -> QuerySet[Notification]:
    """Not snoozed, or come back by now."""
    return items.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=now))


def _row(item: Notification, now: datetime | None) -> NotificationRow:
    until = item.snoozed_until
    return NotificationRow(
        uid=str(item.uid),
        tenant=item.tenant_id,
        kind=Kind(item.kind),
        level=Level(item.level),
        params=item.params,
        link=item.link,
        created_at=item.created_at,
        is_read=item.read_at is not None,
        snoozed_until=until if until and now and until > now else None,
    )
