"""Keeping the quota of a connection over all workers (W15)."""

from __future__ import annotations

from datetime import timedelta

from fleetward.connections.contracts import Limits, Slot
from fleetward.connections.rules import Pace, reserve
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope


def take_slot(*, tenant: int, connection_id: int, limits: Limits, most: timedelta) -> Slot:
    """Reserve the next call of a connection over all workers (W15).

    Nothing is reserved when its moment is further away than `most`. The caller waits outside of
    any transaction.
    """
    if limits.is_open:
        return count_calls(tenant=tenant, connection_id=connection_id, calls=1, most=most)
    with tenant_scope([tenant]):
        rows = sql.fetch("connections", "read_pace", {"connection": connection_id})
        if not rows:
            return Slot(most, is_taken=False)
        now, next_at, bucket, counts, day, used = rows[0]
        known = Pace(next_at, bucket, tuple(counts), day, used)
        moment, pace = reserve(known, now, limits)
        wait = timedelta(seconds=moment - now)
        if wait > most:
            return Slot(wait, is_taken=False)
        params = {
            "connection": connection_id,
            "next_at": pace.next_at,
            "bucket": pace.bucket,
            "counts": "{" + ",".join(map(str, pace.counts)) + "}",
            "day": pace.day,
            "used": pace.used,
        }
        sql.execute("connections", "take_slot", params)
    return Slot(wait)


def count_calls(*, tenant: int, connection_id: int, calls: int, most: timedelta) -> Slot:
    """The same for several calls of a connection without limits: only trouble holds them."""
    with tenant_scope([tenant]):
        params = {"connection": connection_id, "calls": calls, "most": most.total_seconds()}
        counted = sql.fetch("connections", "count_calls", params)
    if not counted:
        return Slot(most, is_taken=False)
    return Slot(timedelta(seconds=max(0.0, counted[0][0])))
