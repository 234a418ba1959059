"""T14: of two feeds that claim one machine at the same moment the first stands."""

from __future__ import annotations

import pytest

from fleetward.devices.feeds.actions.queueing import worker_of
from fleetward.devices.feeds.actions.slices import work_off
from fleetward.devices.feeds.rules import read_row
from fleetward.devices.models import Feed, FeedRow
from fleetward.devices.rules import JunkList
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.queries import list_tenant_ids
from tests.db.feeds.world import HEADER, Feeds
from tests.plugins.database import FreshDatabase
from tests.races import at_once, without_guard


def race() -> list[str]:
    """How the same serial ends in the feed of each partner, whatever the queue would let run."""
    world = Feeds()
    feeds = []
    for place in ("LEEDS", "KYIV"):
        uid = world.upload(f"{HEADER}{place};SHARED1;Dell;;;\n")
        with tenant_scope([world.vendor.id]):
            Feed.objects.filter(uid=uid).update(state="RUNNING")
            feeds.append((Feed.objects.get(uid=uid), place))

    def work(feed: Feed, place: str) -> None:
        told = {"location": place, "serial": "SHARED1", "manufacturer": "Dell"}
        row = read_row(2, told, JunkList.of([]))
        work_off(actor=worker_of(feed), feed=feed, rows=[row], now=utc_now())

    at_once(list_tenant_ids(), lambda: work(*feeds[0]), lambda: work(*feeds[1]))
    with tenant_scope([world.vendor.id]):
        return list(FeedRow.objects.order_by("feed_id").values_list("outcome", flat=True))


def test_t14_one_of_two_feeds_wins(fresh_database: FreshDatabase) -> None:
    assert race() == ["HELD", "CLAIMED"]


def test_control_without_custody_both_say_that_they_won(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_guard(monkeypatch, "insert_devices", "'RESALE_FEED', true", "'RESALE_FEED', false")
    assert race() == ["HELD", "HELD"]
