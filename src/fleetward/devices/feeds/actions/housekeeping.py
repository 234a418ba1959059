"""What is done about feeds by the clock: waking, and forgetting what is old."""

from __future__ import annotations

from datetime import datetime, timedelta

from fleetward.config.env import env
from fleetward.devices.feeds.actions.queueing import queue
from fleetward.devices.feeds.contracts import WORKING
from fleetward.devices.feeds.queries import CONTEXT
from fleetward.devices.models import Feed
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope

LOST_AFTER = timedelta(seconds=60)
PURGE_AT_ONCE = 50_000


def wake_feeds(*, vendor: int, now: datetime) -> int:
    """Queue the feeds whose worker is gone (hardening, 6); returns how many."""
    with tenant_scope([vendor]):
        working = Feed.objects.filter(tenant_id=vendor, state__in=sorted(WORKING)).order_by("id")
        for found in (lost := list(working.filter(heartbeat_at__lt=now - LOST_AFTER))):
            queue(found)
        return len(lost)


def purge_feeds(*, vendor: int, now: datetime) -> int:
    """Forget the rows of feeds for as long as those of imports are kept; returns how many.

    The feeds themselves stay, as their entries of the trail do, and what partners ordered. Repeat:
    does nothing more.
    """
    before = now - timedelta(days=env().imports.keep_days)
    with tenant_scope([vendor]):
        own = Feed.objects.filter(tenant_id=vendor, rows_removed_at=None)
        old = list(own.filter(finished_at__lt=before).values_list("id", flat=True))
    for feed in old:
        _purge(vendor, feed, now)
    return len(old)


def _purge(vendor: int, feed: int, now: datetime) -> None:
    """Marked last, so that what a killed worker leaves is found again."""
    params = {"feed": feed, "most": PURGE_AT_ONCE}
    is_left = True
    while is_left:
        with tenant_scope([vendor]):
            is_left = sql.execute(CONTEXT, "purge_rows", params) == PURGE_AT_ONCE
            if not is_left:
                Feed.objects.filter(id=feed).update(rows_removed_at=now)
