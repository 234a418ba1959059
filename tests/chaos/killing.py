"""`kill -9` of one worker after another, each at a moment of its work that chance chooses."""

from __future__ import annotations

import asyncio
import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from fleetward.infra.jobs import MAX_STARTS, rescue_jobs
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.queries import list_tenant_ids
from fleetward.warranty.rules import PATIENT
from tests.plugins.environment import run_dir
from tests.races import wait_until

SEED = "CHAOS_SEED"
# What no worker survives is given up, a batch of a run before its job: that is not for these tests.
MOST_DEATHS = PATIENT.attempts - 1
assert MOST_DEATHS < MAX_STARTS
LONGEST_PIECE = 60.0
DEAD = "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 hour'"
PAST = (
    "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'",
    "UPDATE warranty_batch SET due_at = now() WHERE state = 'CLAIMED'",
    "UPDATE connections_connection SET token_locked_until = NULL",
)


# What has come of a piece of work: names of what belongs to it, and what that is.
Piece = dict[str, Any]


class Work(Protocol):
    """One kind of work for workers: pieces that are all alike and do not disturb each other."""

    @property
    def jobs(self) -> Sequence[str]:
        """What its jobs are called."""

    @property
    def variety(self) -> int:
        """After so many pieces they come once more."""

    @property
    def tenants(self) -> Sequence[int]:
        """Whose they are."""

    def begin(self) -> None:
        """Give the workers one more piece."""

    def is_over(self) -> bool:
        """Whether all pieces have come to their end, but for jobs."""

    def outcomes(self) -> list[Piece]:
        """What has come of each piece."""


@dataclass
class Worker:
    """A worker of the nursery. Once it is over, `moments` says how many it has lived."""

    pid: int
    told: IO[str]
    log: Path
    moments: int = 0

    def is_over(self) -> bool:
        return bool(select.select([self.told], [], [], 0)[0])

    def bury(self) -> None:
        """Kill it, if it lives; it tells how many moments it has lived."""
        os.kill(self.pid, signal.SIGKILL)
        self.moments = int(self.told.readline())

    def tell(self) -> str:
        """What it has logged, and what it is doing."""
        os.kill(self.pid, signal.SIGUSR1)
        time.sleep(1)
        return self.log.read_text(encoding="utf-8", errors="replace")[-20_000:]


@dataclass
class Nursery:
    """See `nursery.py`. One worker at a time."""

    process: subprocess.Popen[str]
    log: Path

    @contextmanager
    def worker(self, work: Work, moments: int = 0, hasty: str = "") -> Iterator[Worker]:
        assert self.process.stdin
        assert self.process.stdout
        order = {"amid": list(work.jobs), "moments": moments, "hasty": hasty}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        worker = Worker(int(self.process.stdout.readline()), self.process.stdout, self.log)
        try:
            yield worker
        finally:
            worker.bury()


@contextmanager
def running_nursery(environment: Mapping[str, str]) -> Iterator[Nursery]:
    log = run_dir() / f"nursery-{len(list(run_dir().glob('nursery-*')))}.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.nursery"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        yield Nursery(process, log)
    finally:
        process.kill()
        process.communicate()


def chance() -> random.Random:
    """Says by which seed the same moments are chosen once more."""
    seed = os.environ.get(SEED) or str(random.SystemRandom().randrange(10**9))
    print(f"{SEED}={seed}")  # noqa: T201
    return random.Random(seed)


def work_off(nursery: Nursery, work: Work, hasty: str = "") -> int:
    """Let a worker come to the end of all pieces; how many moments it took."""
    with nursery.worker(work, hasty=hasty) as worker:
        wait_until(lambda: is_over(work) or worker.is_over(), worker.tell, seconds=LONGEST_PIECE)
        assert is_over(work), worker.tell()
    let_time_pass()
    return worker.moments


def kill_amid(
    nursery: Nursery, work: Work, kills: int, moments: Callable[[], int], hasty: str = ""
) -> None:
    """Kill so many workers, each after so many moments amid their work, and let another end it."""
    for number in range(1, kills + 1):
        with nursery.worker(work, moments(), hasty) as worker:
            while not worker.is_over():
                if is_over(work):
                    work.begin()
                wait_until(
                    lambda: is_over(work) or worker.is_over(), worker.tell, seconds=LONGEST_PIECE
                )
        let_time_pass()
        if number % MOST_DEATHS == 0 or number == kills:
            work_off(nursery, work, hasty)


def is_over(work: Work) -> bool:
    """Whether all pieces have come to their end: no job of theirs is left that is due."""
    left = ProcrastinateJob.objects.filter(status__in=["todo", "doing"], task_name__in=work.jobs)
    return work.is_over() and not left.exclude(scheduled_at__gt=utc_now()).exists()


def let_time_pass() -> None:
    """So much that the dead are known to be dead, and nothing waits for its hour."""
    with connection.cursor() as cursor:
        cursor.execute(DEAD)
    end_waiting()
    # A browser of an earlier test may keep a loop at work in this thread.
    with ThreadPoolExecutor(1) as apart:
        apart.submit(asyncio.run, rescue()).result()


def end_waiting() -> None:
    """So much that nothing waits for its hour."""
    with tenant_scope(list_tenant_ids()), connection.cursor() as cursor:
        for statement in PAST:
            cursor.execute(statement)


async def rescue() -> None:
    """What the clock of any worker does every ten seconds."""
    connector: Any = app.connector
    with app.replace_connector(connector.get_worker_connector()) as worker_app:
        async with worker_app.open_async():
            await rescue_jobs(timestamp=0)
