"""What workers share: one token, one quota. On a committed database, with threads."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from django.db import connection as django_connection

from fleetward.connections.actions import (
    StoredConnection,
    note_failure,
    open_connection,
    save_connection,
    take_slot,
)
from fleetward.connections.contracts import AccessToken, Draft, Limits, Slot
from fleetward.connections.models import Quota
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from tests.cast import NOW, make_tenant
from tests.plugins.database import FreshDatabase
from tests.races import at_once, without_guard

WORKERS = 4
LIMITS = Limits(per_minute=600)
A_DAY = Limits(per_day=10)
# Moments are counted from here, so that no test cares at what time of day it runs.
SOME_NOON = datetime(2090, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def conn(fresh_database: FreshDatabase) -> StoredConnection:
    tenant = make_tenant()
    actor = system_actor("test", tenant.id)
    draft = Draft("dell", settings={"client_id": "a"}, secrets={"client_secret": "b"})
    save_connection(actor=actor, tenant=tenant.id, draft=draft, now=NOW)
    return open_connection(
        actor=actor, tenant=tenant.id, provider="dell", base_url="https://dell.example"
    )


def in_threads(work: Callable[[], object]) -> list[object]:
    def run(_: int) -> object:
        try:
            return work()
        finally:
            django_connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(run, range(WORKERS)))


class Desk:
    """Gives tokens, slowly, and counts them."""

    def __init__(self) -> None:
        self.given = 0

    def fetch(self) -> AccessToken:
        self.given += 1
        time.sleep(0.2)
        return AccessToken(f"token-{self.given}", utc_now() + timedelta(hours=1))


def test_one_sign_in_serves_all_workers(conn: StoredConnection) -> None:
    desk = Desk()
    assert in_threads(lambda: conn.token(desk.fetch)) == ["token-1"] * WORKERS
    assert desk.given == 1


def test_w15_a_stale_token_is_renewed_once(conn: StoredConnection) -> None:
    desk = Desk()
    stale = conn.token(desk.fetch)
    assert in_threads(lambda: conn.renew(stale, desk.fetch)) == ["token-2"] * WORKERS


def test_a_failed_sign_in_frees_the_way_for_the_next(conn: StoredConnection) -> None:
    def refuse() -> AccessToken:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        conn.token(refuse)
    started = time.monotonic()
    assert conn.token(Desk().fetch) == "token-1"
    assert time.monotonic() - started < 5


def test_a_sign_in_takes_a_slot_of_its_own(conn: StoredConnection) -> None:
    waits: list[int] = []
    paced = replace(conn, pace=lambda: waits.append(1))
    desk = Desk()
    paced.token(desk.fetch)
    paced.token(desk.fetch)
    assert waits == [1]


class Paced:
    """A worker that notes for how many slots it has waited, and the calls that it makes."""

    def __init__(self, conn: StoredConnection) -> None:
        self.slots = 1
        self.calls = 0
        self.conn = replace(conn, pace=self._wait, known=None)

    def _wait(self) -> None:
        self.slots += 1

    def call(self, stale: str, desk: Desk) -> str:
        """A call that finds the token refused (unless `stale` is ''), and its retry."""

        def fetch() -> AccessToken:
            self.calls += 1
            return desk.fetch()

        self.calls += bool(stale)
        token = self.conn.renew(stale, fetch) if stale else self.conn.token(fetch)
        self.calls += 1
        return token


def test_w15_a_refused_call_the_sign_in_and_the_retry_take_a_slot_each(
    conn: StoredConnection,
) -> None:
    desk, worker = Desk(), Paced(conn)
    stale = conn.token(desk.fetch)
    assert worker.call(stale, desk) != stale
    assert (worker.slots, worker.calls) == (3, 3)


def test_w15_a_retry_takes_a_slot_when_somebody_else_has_renewed(conn: StoredConnection) -> None:
    desk, first, second = Desk(), Paced(conn), Paced(conn)
    stale = conn.token(desk.fetch)
    fresh = first.call(stale, desk)
    assert second.call(stale, desk) == fresh
    assert (second.slots, second.calls) == (2, 2)
    # And once more, with the token that it knows by itself by now.
    second.slots, second.calls = 1, 0
    assert second.call(stale, desk) == fresh
    assert (second.slots, second.calls) == (2, 2)


def test_w15_a_worker_that_waited_for_a_sign_in_takes_another_slot(
    conn: StoredConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, waiting = Desk(), Paced(conn)
    is_locked, is_waited_for = Event(), Event()
    lock = StoredConnection._lock

    def tell(self: StoredConnection, sealed: str) -> bool:
        is_ours = lock(self, sealed)
        (is_locked if is_ours else is_waited_for).set()
        return is_ours

    def fetch() -> AccessToken:
        assert is_waited_for.wait(30)
        return desk.fetch()

    def sign_in() -> str:
        try:
            return conn.token(fetch)
        finally:
            django_connection.close()

    monkeypatch.setattr(StoredConnection, "_lock", tell)
    with ThreadPoolExecutor(1) as pool:
        signing_in = pool.submit(sign_in)
        assert is_locked.wait(30)
        assert waiting.call("", desk) == signing_in.result()
    # The first one was overslept.
    assert (waiting.slots, waiting.calls) == (2, 1)


def refused_at_once(conn: StoredConnection) -> tuple[int, int]:
    """Slots and calls of workers whose token is refused at the same moment."""
    desk, workers = Desk(), [Paced(conn) for _ in range(WORKERS)]
    stale, turns = conn.token(desk.fetch), iter(workers)
    in_threads(lambda: next(turns).call(stale, desk))
    return sum(one.slots for one in workers), sum(one.calls for one in workers)


def test_w15_workers_whose_token_is_refused_at_once_keep_to_the_quota(
    conn: StoredConnection,
) -> None:
    slots, calls = refused_at_once(conn)
    assert slots == calls == 2 * WORKERS + 1


def test_control_without_another_slot_calls_leave_beside_the_quota(
    conn: StoredConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StoredConnection, "_need_slot", lambda self, has_slot: None)
    slots, calls = refused_at_once(conn)
    assert slots < calls


def take(conn: StoredConnection, most: float = 60.0, limits: Limits = LIMITS) -> Slot:
    return take_slot(
        tenant=conn.tenant, connection_id=conn.id, limits=limits, most=timedelta(seconds=most)
    )


def test_w15_slots_of_all_workers_are_apart_by_the_quota(conn: StoredConnection) -> None:
    def slots() -> list[float]:
        found = []
        for _ in range(25):
            slot = take(conn)
            assert slot.is_taken
            found.append(time.monotonic() + slot.wait.total_seconds())
        return found

    moments = sorted(m for found in in_threads(slots) for m in found)  # type: ignore[attr-defined]
    # 100 slots of 600 a minute take 9 s, whoever asks; the reading of clocks blurs each a bit.
    assert moments[-1] - moments[0] == pytest.approx(99 * 0.1 * 0.9, abs=0.1)


def set_quota(conn: StoredConnection, **values: object) -> None:
    """The next call leaves at some noon."""
    with tenant_scope([conn.tenant]):
        Quota.objects.filter(connection_id=conn.id).update(next_at=SOME_NOON, **values)


def quota_of(conn: StoredConnection) -> Quota:
    with tenant_scope([conn.tenant]):
        return Quota.objects.get(connection_id=conn.id)


def take_on_that_day(conn: StoredConnection) -> Slot:
    until_evening = (SOME_NOON - utc_now() + timedelta(hours=1)).total_seconds()
    return take(conn, until_evening, A_DAY)


def slots_of_a_day(conn: StoredConnection, calls: int) -> list[Slot]:
    """What so many calls get that are wanted on one day."""
    set_quota(conn)
    return [take_on_that_day(conn) for _ in range(calls)]


def test_w15_all_workers_together_keep_the_quota_of_a_day(conn: StoredConnection) -> None:
    found = in_threads(lambda: slots_of_a_day(conn, 5))
    slots = [slot for part in found for slot in part]  # type: ignore[attr-defined]
    assert [slot.is_taken for slot in slots].count(True) == 10
    waits = {slot.wait for slot in slots if not slot.is_taken}
    assert min(waits) > max(slot.wait for slot in slots if slot.is_taken) + timedelta(hours=11)
    quota = quota_of(conn)
    assert (quota.used, quota.used_on) == (10, SOME_NOON.date())


def reserved_by_two_at_once(conn: StoredConnection) -> timedelta:
    """How much time of a quota of 600 a minute two calls take that want their slots at once."""
    set_quota(conn)
    far = (SOME_NOON - utc_now() + timedelta(hours=1)).total_seconds()
    at_once([conn.tenant], lambda: take(conn, far), lambda: take(conn, far))
    reserved: timedelta = quota_of(conn).next_at - SOME_NOON
    return reserved


def taken_by_two_at_once(conn: StoredConnection) -> int:
    """How many of two calls get the last slot of a day that both want at once."""
    set_quota(conn, used=9, used_on=SOME_NOON.date())
    slots: list[Slot] = []
    both = (lambda: slots.append(take_on_that_day(conn)),) * 2
    at_once([conn.tenant], *both)
    return [slot.is_taken for slot in slots].count(True)


def test_w15_two_calls_at_once_get_slots_of_their_own(conn: StoredConnection) -> None:
    assert reserved_by_two_at_once(conn) == timedelta(milliseconds=180)
    assert taken_by_two_at_once(conn) == 1


def test_control_without_the_lock_two_calls_at_once_get_the_same_slot(
    conn: StoredConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_guard(monkeypatch, "read_pace")
    assert reserved_by_two_at_once(conn) == timedelta(milliseconds=90)
    assert taken_by_two_at_once(conn) == 2


def test_a_slot_too_far_away_is_not_reserved(conn: StoredConnection) -> None:
    take(conn)
    far_away = take(conn, most=0.01)
    assert not far_away.is_taken
    assert timedelta(seconds=0.01) < far_away.wait < timedelta(seconds=0.11)
    slot = take(conn)
    assert slot.is_taken
    assert slot.wait < timedelta(seconds=0.11)


def test_w15_trouble_holds_all_workers_and_counts_once_for_calls_under_way(
    conn: StoredConnection,
) -> None:
    def fail() -> int:
        return note_failure(
            tenant=conn.tenant,
            connection_id=conn.id,
            revision=conn.revision,
            text="HTTP 429",
            wait_after=lambda failures: timedelta(seconds=30 * failures),
            now=utc_now(),
        )

    assert in_threads(fail) == [1] * WORKERS
    assert not take(conn, most=20).is_taken
    assert not take(conn, most=20, limits=Limits()).is_taken


def test_no_transaction_is_open_while_signing_in(conn: StoredConnection) -> None:
    is_open: list[bool] = []

    def fetch() -> AccessToken:
        is_open.append(django_connection.in_atomic_block)
        return AccessToken("t", utc_now() + timedelta(hours=1))

    conn.token(fetch)
    assert is_open == [False]
    with tenant_scope([conn.tenant]):
        assert django_connection.in_atomic_block
