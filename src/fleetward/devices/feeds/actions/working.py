"""Reading the file of a feed, then its rows slice by slice, until each has its outcome."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import islice

from fleetward.devices.feeds.actions.ending import finish, refuse, stop
from fleetward.devices.feeds.actions.queueing import requester_of, worker_of
from fleetward.devices.feeds.actions.reading import read_file, rows_left
from fleetward.devices.feeds.actions.slices import SLICE_ROWS, work_off
from fleetward.devices.feeds.contracts import (
    WORKING,
    FeedColumnsMissing,
    FeedRightLost,
    FeedState,
)
from fleetward.devices.feeds.queries import find_feed
from fleetward.devices.models import Feed
from fleetward.infra.files.errors import FileRefused
from fleetward.infra.tx import tenant_scope

Clock = Callable[[], datetime]


def run_feed(*, vendor: int, feed: int, clock: Clock) -> None:
    """Read a feed and put what it brings into holding tenants (T9), or refuse the file.

    Audit: feed.done, and feed.received at each partner's holding tenant.
    Repeat: goes on after the latest slice; one that has ended is left alone.
    """
    found = find_feed(vendor=vendor, feed=feed)
    if found is None or found.state not in WORKING:
        return
    if requester_of(found) is None:
        _lose_right(found, clock())
        return
    if found.state == FeedState.READING:
        try:
            _read(found, clock)
        except (FileRefused, FeedColumnsMissing) as error:
            refuse(found=found, error=error, now=clock())
            return
    told = rows_left(found)
    while rows := tuple(islice(told, SLICE_ROWS)):
        if requester_of(found) is None:
            _lose_right(found, clock())
            return
        if not work_off(actor=worker_of(found), feed=found, rows=rows, now=clock()):
            return
    finish(found=found, now=clock())


def _lose_right(found: Feed, now: datetime) -> None:
    end = stop if found.state == FeedState.RUNNING else refuse
    end(found=found, error=FeedRightLost(), now=now)


def _read(found: Feed, clock: Clock) -> None:
    """Rows to lines that a slice begins anywhere in. Raises: FileRefused, FeedColumnsMissing."""
    found.columns, found.rows = read_file(found)
    found.state = FeedState.RUNNING
    found.heartbeat_at = clock()
    with tenant_scope([found.tenant_id]):
        found.save(update_fields=["columns", "rows", "state", "heartbeat_at"])
