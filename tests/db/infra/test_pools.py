"""The pools of a worker, and its end.

What comes by the clock runs while imports and vendors keep all other threads busy.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import psycopg
import pytest
from django.db import connection, connections
from procrastinate.contrib.django import app

from fleetward.infra.jobs import BULK, CLOCK, DEFAULT, IMPORTS, RESCUE, WEBHOOKS, enqueue, job
from fleetward.infra.workers import WorkerEnded, pools_of, work
from tests.plugins.database import FreshDatabase

THREADS = 3
PATIENCE = 20.0
SHORT = 1.0

busy = threading.Semaphore(0)
free = threading.Event()
freed: list[bool] = []


def _wait(seconds: float) -> None:
    busy.release()
    freed.append(free.wait(seconds))


@job("tests.long_import", queue=IMPORTS)
def long_import(*, seconds: float) -> None:
    _wait(seconds)


@job("tests.long_work")
def long_work(*, seconds: float) -> None:
    _wait(seconds)


@job("tests.long_change", queue=BULK)
def long_change(*, seconds: float) -> None:
    _wait(seconds)


@job("tests.long_call", queue=WEBHOOKS)
def long_call(*, seconds: float) -> None:
    _wait(seconds)


LONG = {
    IMPORTS: "tests.long_import",
    BULK: "tests.long_change",
    WEBHOOKS: "tests.long_call",
    DEFAULT: "tests.long_work",
}


@job("tests.tick", queue=CLOCK)
def tick(*, after: int, seconds: float) -> None:
    """Comes when so many long jobs are under way, and ends them."""
    if all(busy.acquire(timeout=seconds) for _ in range(after)):
        free.set()


@pytest.fixture(autouse=True)
def nothing_yet(fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    free.clear()
    freed.clear()
    while busy.acquire(blocking=False):
        pass
    # Jobs run in threads that end unseen: their connections close with each job.
    monkeypatch.setitem(connections["default"].settings_dict, "CONN_MAX_AGE", 0)


def keep_busy(seconds: float) -> int:
    """As many long jobs as can run; each is freed by the tick or gives up after so long."""
    pools = [pool for pool in pools_of(THREADS) if pool.queue != CLOCK]
    for pool in pools:
        name = LONG[pool.queue]
        for _ in range(pool.threads):
            enqueue(name, seconds=seconds)
    return sum(pool.threads for pool in pools)


def test_the_clock_does_not_wait_for_imports_and_vendors() -> None:
    count = keep_busy(PATIENCE)
    enqueue("tests.tick", after=count, seconds=PATIENCE)
    work(pools_of(THREADS), until_empty=True)
    assert freed == [True] * count


def test_control_in_a_queue_with_others_the_same_job_comes_too_late() -> None:
    count = keep_busy(SHORT)
    app.configure_task("tests.tick", queue=IMPORTS).defer(after=count, seconds=SHORT)
    work(pools_of(THREADS), until_empty=True)
    assert len(freed) == count
    assert not all(freed)


def test_a_worker_serves_every_queue() -> None:
    served = {pool.queue for pool in pools_of(THREADS)}
    assert served == {task.queue for task in app.tasks.values()} - {"builtin"}


def registered() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_workers")
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_told_to_stop_stops_all_its_pools(
    fresh_database: FreshDatabase, number: signal.Signals
) -> None:
    places = {"DATABASE_URL": fresh_database.url, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "fleetward.cli.main", "worker"]
    process = subprocess.Popen(command, env={**os.environ, **places})
    try:
        give_up = time.monotonic() + 60
        while registered() < len(pools_of(THREADS)):
            assert process.poll() is None
            assert time.monotonic() < give_up
            time.sleep(0.1)
        process.send_signal(number)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()
    assert registered() == 0


def statuses(task: str) -> list[tuple[str, bool]]:
    """Of its jobs, and whether a worker is at work at them."""
    with connection.cursor() as cursor:
        query = "SELECT status, worker_id IS NOT NULL FROM procrastinate_jobs WHERE task_name = %s"
        cursor.execute(query, [task])
        return list(cursor.fetchall())


ending = threading.Event()
# Not what comes by the clock meanwhile.
UNDER_WAY = """
    SELECT FROM procrastinate_jobs
    WHERE status = 'doing' AND task_name = 'tests.cut_off' FOR UPDATE
"""
CUT_OFF = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND query LIKE '%procrastinate_finish_job%'
"""


def cut_off_the_end(url: str) -> None:
    """Let the end of the job under way wait for us, and end the connection that would write it."""
    with psycopg.connect(url) as holder, psycopg.connect(url, autocommit=True) as killer:
        while not holder.execute(UNDER_WAY).rowcount:
            time.sleep(0.05)
        ending.set()
        while not killer.execute(CUT_OFF).rowcount:
            time.sleep(0.05)


@job("tests.cut_off")
def cut_off(*, number: int) -> None:
    assert ending.wait(PATIENCE)


def test_a_job_whose_end_could_not_be_written_is_given_to_another_worker(
    fresh_database: FreshDatabase,
) -> None:
    """It counted as being worked at for as long as its worker lived."""
    ending.clear()
    enqueue("tests.cut_off", number=1)
    cutting = threading.Thread(target=cut_off_the_end, args=(fresh_database.url,))
    cutting.start()
    with pytest.raises(WorkerEnded):
        work(pools_of(THREADS))
    cutting.join()
    assert statuses("tests.cut_off") == [("doing", False)]
    app.configure_task(RESCUE).defer(timestamp=0)
    for _ in range(2):
        work(pools_of(THREADS), until_empty=True)
    assert statuses("tests.cut_off") == [("succeeded", False)]
