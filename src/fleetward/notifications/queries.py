"""What the bell shows."""

from __future__ import annotations

from fleetward.infra.listing import latest_first
from fleetward.infra.tx import scoped
from fleetward.kernel.actor import Actor
from fleetward.kernel.paging import Page
from fleetward.notifications.contracts import Kind, Level, NotificationRow
from fleetward.notifications.models import Notification


@scoped
def count_unread(*, actor: Actor, tenant: int) -> int:
    """The number at the bell of a tenant."""
    return Notification.objects.filter(user_id=actor.own_id, tenant_id=tenant, read_at=None).count()


@scoped
def list_notifications(
    *, actor: Actor, tenant: int, cursor: str | None = None, limit: int = 50
) -> Page[NotificationRow]:
    """The actor's notifications of a tenant, latest first. Raises: BadCursor."""
    items = Notification.objects.filter(user_id=actor.own_id, tenant_id=tenant)
    return latest_first(items, cursor=cursor, limit=limit, row=_row)


def _row(item: Notification) -> NotificationRow:
    return NotificationRow(
        uid=str(item.uid),
        tenant=item.tenant_id,
        kind=Kind(item.kind),
        level=Level(item.level),
        params=item.params,
        link=item.link,
        created_at=item.created_at,
        is_read=item.read_at is not None,
    )
