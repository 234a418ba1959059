"""What a feed tells people and webhooks, each thing once.

The operator hears how it ended, and how many machines two feeds claim (T14). The admins and the
certified users of a partner hear how many devices have come to them, and nothing of others.
"""

from __future__ import annotations

from datetime import datetime

from fleetward.devices.feeds.contracts import FeedOutcome, FeedState
from fleetward.devices.models import Feed
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import Kind, Level
from fleetward.tenancy.contracts import ADMIN_ROLES
from fleetward.tenancy.queries import get_tenant_by_id, list_member_ids
from fleetward.tenancy.queries.directory import list_certified_ids

_FINE = (FeedOutcome.HELD, FeedOutcome.ALREADY_HELD, FeedOutcome.MOVED_ON, FeedOutcome.REMOVED)


def tell_done(held: Feed, now: datetime) -> None:
    """Its end. What is left to do is told with it: rows that brought nothing, and claims."""
    fine = sum(held.counts.get(outcome, 0) for outcome in _FINE)
    is_whole = held.state == FeedState.DONE and fine == held.rows
    params = {
        "held": held.counts.get(FeedOutcome.HELD, 0),
        "rows": held.rows,
        "claimed": held.counts.get(FeedOutcome.CLAIMED, 0),
    }
    kind = Kind.FEED_DONE if held.state == FeedState.DONE else Kind.FEED_STOPPED
    level = Level.INFO if is_whole else Level.WARNING
    _tell(held, kind, params, level if kind is Kind.FEED_DONE else Level.ERROR, now)


def tell_refused(held: Feed, now: datetime) -> None:
    _tell(held, Kind.FEED_REFUSED, {}, Level.ERROR, now)


def tell_partner(held: Feed, partner: int, devices: int, now: datetime) -> None:
    """Devices have come to the partner's holding tenant."""
    admins = list_member_ids(tenant=partner, roles=ADMIN_ROLES)
    post(
        tenant=partner,
        users=sorted({*admins, *list_certified_ids(partner)}),
        kind=Kind.DEVICES_FED,
        key=f"feed:{held.uid}",
        params={"devices": devices},
        link=f"/t/{get_tenant_by_id(partner).customer_id}/unassigned/",
        now=now,
    )


def _tell(held: Feed, kind: Kind, params: dict[str, object], level: Level, now: datetime) -> None:
    customer_id = get_tenant_by_id(held.tenant_id).customer_id
    post(
        tenant=held.tenant_id,
        users=[held.user_id],
        kind=kind,
        level=level,
        key=f"feed:{held.uid}",
        params={"file": held.file_name, **params},
        link=f"/t/{customer_id}/operator/feeds/{held.uid}/",
        now=now,
    )
