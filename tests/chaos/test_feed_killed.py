"""`kill -9` of the worker amid a resale feed: each row has one outcome, each machine is held once.

The control shows that the harness can tell (hardening 1 to 4 and 8).
"""

from __future__ import annotations

import pytest

from fleetward.devices.feeds.contracts import FeedDetail, FeedOutcome, FeedState
from fleetward.devices.models import FeedRow
from fleetward.infra.tx import tenant_scope
from tests.chaos.test_run_killed import kill_at
from tests.chaos.test_serials_killed import worker
from tests.db.feeds.world import HEADER, Feeds
from tests.plugins.database import FreshDatabase

pytestmark = pytest.mark.chaos
MACHINES, SLICE, KILLED_IN = 350, 100, 3


def killed_and_done(url: str, world: Feeds, mode: str) -> tuple[int, FeedDetail]:
    """How many rows were committed at the kill, and the feed once another worker is done."""
    rows = "".join(f"LEEDS;SERIAL{number:04d};Dell;;;\n" for number in range(MACHINES))
    uid = world.upload(HEADER + rows)
    arguments = (world.vendor.id, world.number(uid), mode)
    kill_at(KILLED_IN, worker(url, "feed_worker", *arguments), "there\n")
    return kept(world), world.run(uid)


def kept(world: Feeds) -> int:
    with tenant_scope([world.vendor.id]):
        return FeedRow.objects.count()


def test_a_killed_feed_is_done_as_if_nothing_had_been(fresh_database: FreshDatabase) -> None:
    world = Feeds()
    before, done = killed_and_done(fresh_database.url, world, "kill")
    assert before == SLICE * (KILLED_IN - 1)
    assert (done.state, done.counts[FeedOutcome.HELD]) == (FeedState.DONE, MACHINES)
    assert kept(world) == len(world.devices(world.holding)) == MACHINES
    assert len(world.ordered(world.first)) == MACHINES


def test_control_a_mark_before_its_rows_loses_them(fresh_database: FreshDatabase) -> None:
    world = Feeds()
    _, done = killed_and_done(fresh_database.url, world, "late")
    assert done.done_rows == MACHINES
    assert len(world.devices(world.holding)) < MACHINES
