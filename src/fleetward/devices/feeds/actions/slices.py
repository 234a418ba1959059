"""One slice of a feed: its devices, outcomes and mark are one transaction.

A killed worker's slice is as if it had never begun. The transaction sees every tenant, because who
has a machine decides (T10); rows that tell of it are the operator's alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from datetime import datetime

from fleetward.devices.actions import effects
from fleetward.devices.feeds.contracts import FeedOvertaken, FeedState
from fleetward.devices.feeds.queries import CONTEXT
from fleetward.devices.feeds.rules import STAGED, Told
from fleetward.devices.models import Feed
from fleetward.infra import sql
from fleetward.infra.tx import constrained, tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.partners.contracts import LocationPlace
from fleetward.partners.queries import list_location_places
from fleetward.tenancy.queries import list_tenant_ids

SLICE_ROWS = 5_000
# A race that was lost is judged anew, with the device that was first.
MOST_TURNS = 3
_CUSTODY = "devices_device_custody"
_TARGET = f"feed_stage ({', '.join(STAGED)}, partner, holding)"
_WRITTEN = "SELECT DISTINCT holding FROM feed_stage WHERE is_new ORDER BY holding"


def work_off(*, actor: Actor, feed: Feed, rows: Sequence[Told], now: datetime) -> bool:
    """Give the rows their outcomes; False when the feed has ended, or somebody is ahead.

    Raises: FeedOvertaken, when somebody else writes the same machines each time.
    """
    with tenant_scope(list_tenant_ids()):
        held = _held(feed, rows)
        if held is None:
            return False
        with constrained(_CUSTODY, FeedOvertaken()):
            counts = _settle(actor, held, rows, now)
        _mark(held, rows, counts, now)
        return True


def leave(*, feed: Feed, rows: Sequence[Told], now: datetime) -> bool:
    """Close the rows without a look at what they name; False when the feed has ended, or somebody
    is ahead.
    """
    with tenant_scope([feed.tenant_id]):
        held = _held(feed, rows)
        if held is None:
            return False
        _stage(rows, {})
        sql.execute(CONTEXT, "leave_rows")
        params = {"tenant": held.tenant_id, "feed": held.id}
        _mark(held, rows, Counter(dict(sql.fetch(CONTEXT, "store_rows", params))), now)
        return True


def _held(feed: Feed, rows: Sequence[Told]) -> Feed | None:
    """The feed locked; None if another worker is ahead, and goes on. One that is gone is woken."""
    held = Feed.objects.select_for_update().get(id=feed.id)
    if held.state != FeedState.RUNNING or held.done_to >= rows[0].row_no:
        return None
    return held


def _mark(held: Feed, rows: Sequence[Told], counts: Counter[str], now: datetime) -> None:
    held.counts = dict(Counter(held.counts) + counts)
    held.done_to, held.heartbeat_at = rows[-1].row_no, now
    held.save(update_fields=["counts", "done_to", "heartbeat_at"])


def _settle(actor: Actor, held: Feed, rows: Sequence[Told], now: datetime) -> Counter[str]:
    params = {
        "tenant": held.tenant_id,
        "feed": held.id,
        "actor": actor.name,
        "on_behalf": actor.on_behalf_of,
        "request_id": actor.request_id,
        "now": now,
    }
    _stage(rows, list_location_places())
    sql.execute(CONTEXT, "end_plain", params)
    for _turn in range(MOST_TURNS):
        sql.execute(CONTEXT, "judge_rows")
        sql.execute(CONTEXT, "take_custody", params)
        sql.execute(CONTEXT, "insert_devices", params)
        if not sql.execute(CONTEXT, "reopen_rows"):
            break
    else:
        raise FeedOvertaken
    _tell_effects()
    sql.execute(CONTEXT, "note_ordered", params)
    return Counter(dict(sql.fetch(CONTEXT, "store_rows", params)))


def _stage(rows: Sequence[Told], places: Mapping[str, LocationPlace]) -> None:
    sql.execute(CONTEXT, "prepare_stage")
    staged = []
    for row in rows:
        place = places.get(row.location)
        staged.append((*astuple(row), place and place.partner, place and place.holding))
    sql.copy_rows(_TARGET, staged)
    sql.execute_text("ANALYZE feed_stage (row_no, serial, outcome)", ())


def _tell_effects() -> None:
    """Upper contexts follow the devices of one holding tenant after another."""
    for (holding,) in sql.fetch_text(_WRITTEN, ()):
        effects.prepare()
        sql.execute(CONTEXT, "note_written", {"holding": holding})
        effects.take_turn(tenant=holding)
        effects.apply_effects(tenant=holding)
