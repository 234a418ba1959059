"""The threads of a worker, in pools: what takes long never keeps the clock's jobs waiting.

Imports take minutes and lanes wait for vendors; the rescue of dead workers' jobs, the seals of the
trail and the watch over runs come every few seconds and must not stand behind them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, LiteralString

from procrastinate import App, signals
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException
from procrastinate.psycopg_connector import PsycopgConnector
from psycopg import OperationalError

from fleetward.infra.jobs import BULK, CLOCK, DEFAULT, IMPORTS, WEBHOOKS

# A job that is not done by then is cut off and comes back: jobs may run twice.
SHUTDOWN_SECONDS = 3.0
POLL_SECONDS = 2.0
# For listening, one for each pool, and for fetching and ending jobs.
CONNECTIONS = 10


class WorkerEnded(Exception):
    """A worker that could go on no more. Whoever watches over it starts another."""


class _Connector(PsycopgConnector):
    """Knows when a job's end, or a sign of life, could not be written.

    A job whose end is not written counts as being worked at for as long as its worker lives. So
    the worker must not live on: its jobs are given to another then.
    """

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.is_lost = asyncio.Event()

    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:
        try:
            await super().execute_query_async(query, **arguments)
        except ConnectorException as error:
            # Another refusal is none of the connection's: the job is somebody else's by now.
            if isinstance(error.__cause__, OperationalError):
                self.is_lost.set()
            raise


@dataclass(frozen=True, slots=True)
class Pool:
    """Jobs of some queues, so many at a time."""

    queue: str
    threads: int


def pools_of(threads: int) -> tuple[Pool, ...]:
    """`threads` for bulk processing and all other work, and beside them some for each other queue.

    Two imports at a time are as many as are read at a time, and as memory allows. Two changes in
    bulk are as many as the disk has use for. Receivers of webhooks may be slow: their threads do
    nothing but wait for them, and those of one tenant never take all (`rules.lane_of` of webhooks).
    """
    beside = (Pool(queue, 2) for queue in (CLOCK, IMPORTS, BULK))
    return *beside, Pool(WEBHOOKS, 6), Pool(DEFAULT, threads)


def work(pools: Sequence[Pool], *, until_empty: bool = False) -> None:
    """Work off the queues until a signal.

    `until_empty`: until no job is left that is due. Raises: WorkerEnded.
    """
    connector = _Connector(kwargs=connector_params(), max_size=CONNECTIONS)
    with app.replace_connector(connector) as worker_app:
        asyncio.run(_work(worker_app, connector.is_lost, pools, until_empty))


async def _work(
    worker_app: App, is_lost: asyncio.Event, pools: Sequence[Pool], until_empty: bool
) -> None:
    # Jobs run in the loop's own threads, of which a machine with few cores has too few.
    threads = sum(pool.threads for pool in pools) + len(pools)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(threads))
    async with worker_app.open_async():
        stop = asyncio.Event()
        with signals.on_stop(stop.set):
            ends = [asyncio.create_task(event.wait()) for event in (stop, is_lost)]
            working = [
                asyncio.create_task(_pool(worker_app, pool, until_empty), name=pool.queue)
                for pool in pools
            ]
            over = [asyncio.gather(*working)] if until_empty else working
            await asyncio.wait([*over, *ends], return_when=asyncio.FIRST_COMPLETED)
            is_meant = stop.is_set() or (until_empty and not is_lost.is_set())
        for task in [*working, *ends]:
            task.cancel()
        for ended in await asyncio.gather(*working, return_exceptions=True):
            if isinstance(ended, Exception):
                raise WorkerEnded(str(ended)) from ended
    if not is_meant:
        raise WorkerEnded("the database did not take how a job has ended")


async def _pool(worker_app: App, pool: Pool, until_empty: bool) -> None:
    await worker_app.run_worker_async(
        name=pool.queue,
        queues=[pool.queue],
        concurrency=pool.threads,
        fetch_job_polling_interval=POLL_SECONDS,
        abort_job_polling_interval=POLL_SECONDS,
        shutdown_graceful_timeout=SHUTDOWN_SECONDS,
        install_signal_handlers=False,
        delete_jobs="never",
        wait=not until_empty,
    )
