"""A receiver that does not answer keeps its own tenant waiting, and no other."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any

import pytest
from django.db import connection, connections

from fleetward.infra.jobs import WEBHOOKS
from fleetward.infra.tx import tenant_scope
from fleetward.infra.workers import pools_of, work
from fleetward.notifications.models import Delivery
from fleetward.notifications.webhooks.actions import come_due, queueing
from fleetward.notifications.webhooks.rules import LANES, WAITS, lane_of
from tests.cast import make_cast
from tests.db.notifications.office import Office
from tests.db.notifications.receiver import Receiver, receiving
from tests.plugins.database import FreshDatabase

(POOL,) = (pool for pool in pools_of(1) if pool.queue == WEBHOOKS)
MANY = POOL.threads + 2
PATIENCE = 8.0
SHORT = 1.0
PAST = "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'"
LEFT = """
SELECT count(*) FROM procrastinate_jobs
WHERE queue_name = 'webhooks' AND status = 'todo'
    AND (scheduled_at IS NULL OR scheduled_at <= now())
"""
# One webhook with much to send, and many with little: neither takes the threads of others.
of_each_shape = pytest.mark.parametrize(("hooks", "each"), [(1, MANY), (MANY, 1)])

pytestmark = pytest.mark.usefixtures("brief_connections")


@pytest.fixture
def brief_connections(fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    # Jobs run in threads that end unseen: their connections close with each job.
    monkeypatch.setitem(connections["default"].settings_dict, "CONN_MAX_AGE", 0)


@dataclass
class Hall:
    """Two tenants: the receiver of one answers when that of the other has got what comes last."""

    slow: Receiver
    quick: Receiver
    patience: float
    has_come: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)
    inside: int = 0
    most: int = 0
    freed: list[bool] = field(default_factory=list)

    def hold(self) -> None:
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        is_free = self.has_come.wait(self.patience)
        with self.lock:
            self.inside -= 1
            self.freed.append(is_free)

    def fill(self, hooks: int, each: int) -> None:
        """What the slow receiver is to get comes first."""
        cast = make_cast()
        ours = Office(cast)
        theirs = Office(cast, cast.other.id, cast.outsider)
        for _ in range(hooks):
            ours.add(self.slow.url)
        theirs.add(self.quick.url)
        for number in range(each):
            ours.happens(key=f"slow {number}")
        theirs.happens(key="quick")
        self.slow.meanwhile = [self.hold] * (hooks * each)
        self.quick.meanwhile = [self.has_come.set]


def work_off() -> None:
    """A worker stops when nothing is left that may begin: until nothing is left at all."""
    left = 1
    while left:
        work([POOL], until_empty=True)
        with connection.cursor() as cursor:
            cursor.execute(LEFT)
            (left,) = cursor.fetchone()


def held(hooks: int, each: int, patience: float) -> Hall:
    with receiving() as slow, receiving() as quick:
        hall = Hall(slow, quick, patience)
        hall.fill(hooks, each)
        work_off()
        assert len(slow.got) == len(hall.freed) == MANY
        assert len(quick.got) == 1
        return hall


@of_each_shape
def test_a_receiver_that_does_not_answer_keeps_no_other_tenant_waiting(
    hooks: int, each: int
) -> None:
    hall = held(hooks, each, PATIENCE)
    assert all(hall.freed)
    assert hall.most <= min(hooks, LANES) < POOL.threads


@of_each_shape
def test_control_without_lanes_the_other_tenant_waits_for_it(
    hooks: int, each: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor would it do that the deliveries of each webhook wait for each other."""

    def of_each_webhook(tenant: int, webhook: int) -> str | None:
        return f"webhook:{webhook}" if hooks > 1 else None

    monkeypatch.setattr(queueing, "lane_of", of_each_webhook)
    hall = held(hooks, each, SHORT)
    assert not all(hall.freed)
    assert hall.most == POOL.threads


def refused_for_long(office: Office) -> None:
    """A delivery was tried, and is tried again tomorrow."""
    office.happens(key="refused")
    with tenant_scope([office.tenant]):
        Delivery.objects.update(tries=len(WAITS) - 1)
    work_off()
    assert pending(office) == ["refused"]


def pending(office: Office) -> list[str]:
    with tenant_scope([office.tenant]):
        return list(Delivery.objects.filter(state="PENDING").values_list("key", flat=True))


def test_a_delivery_that_waits_for_its_next_try_holds_up_no_other() -> None:
    """So their order is not kept: it comes when its wait is over."""
    office = Office(make_cast())
    with receiving(503, 204) as receiver:
        made = office.add(receiver.url)
        refused_for_long(office)
        office.happens(key="later")
        work_off()
        assert pending(office) == ["refused"]
        with connection.cursor() as cursor:
            cursor.execute(PAST)
        work_off()
        assert pending(office) == []
        first, later, again = receiver.ids
        assert first == again != later
        assert len(receiver.payloads(made.secret)) == 3


def test_control_if_waits_were_in_the_lane_it_would_hold_up_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = queueing.enqueue

    def in_the_lane(name: str, **given: Any) -> bool:
        return whole(name, **given | {"lock": "lane"})

    monkeypatch.setattr(queueing, "enqueue", in_the_lane)
    office = Office(make_cast())
    with receiving(503, 204) as receiver:
        office.add(receiver.url)
        refused_for_long(office)
        office.happens(key="later")
        work([POOL], until_empty=True)
        assert sorted(pending(office)) == ["later", "refused"]


def test_a_wait_that_is_over_twice_is_one_try() -> None:
    office = Office(make_cast())
    with receiving(503, 204) as receiver:
        office.add(receiver.url)
        refused_for_long(office)
        (turn,) = office.planned()
        for _ in range(2):
            come_due(**turn)
        work_off()
        assert len(receiver.got) == 2
        assert pending(office) == []
        come_due(**turn)
        work_off()
        assert len(receiver.got) == 2


def test_a_webhook_keeps_to_its_lane_and_a_tenant_to_few() -> None:
    lanes = {(tenant, hook): lane_of(tenant, hook) for tenant in (1, 2) for hook in range(9)}
    ours, theirs = ({lanes[tenant, hook] for hook in range(9)} for tenant in (1, 2))
    assert len(ours) == len(theirs) == LANES
    assert not ours & theirs
