"""The job queue: procrastinate in the same database, so that a job is stored with its change.

Jobs carry ids only, may run twice, and are brought back after a killed worker by `rescue_jobs`.
The id of the request that a job comes from goes along: into its logs, its entries of the trail, and
the jobs that it enqueues itself.
This is one of the two places that catch every exception: it logs, lets the queue try again, and
tells the owner of the work when the last try has failed. What is nobody's mistake of ours
(`ExpectedFailure`) is a line of warning; an error with its traceback asks for a change of code.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from django.db import close_old_connections, transaction
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import AlreadyEnqueued, UniqueViolation
from procrastinate.jobs import Job as StoredJob
from procrastinate.jobs import JobDeferrer, Status
from procrastinate.manager import JobManager

from fleetward.infra.logging import REQUEST_ID, present_request_id
from fleetward.infra.metrics import count_job
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import ExpectedFailure

log = structlog.get_logger(__name__)

MAX_TRIES = 6
# For what depends on a server that may be away for a day: each wait is twice the last, which makes
# a day and a half.
PATIENT_TRIES = 17
# A job may be started again and again because its worker was killed beside it, or by it.
STARTS_FOR_A_TRY = 2
MAX_STARTS = STARTS_FOR_A_TRY * MAX_TRIES
# The queues. Each has threads of its own, see `workers`; the clock's is for what must never wait.
DEFAULT, IMPORTS, BULK, WEBHOOKS, CLOCK = "default", "imports", "bulk", "webhooks", "clock"
RESCUE = "infra.rescue_jobs"
STALLED_AFTER_SECONDS = 30.0
# Within a worker the app has connections of its own: what a job enqueued by them would be there
# before the job's own change is committed, and also if it never is.
_IN_TRANSACTION = JobManager(DjangoConnector())
# No job has an id of this name for itself.
CARRIED = "_request_id"
_tries: dict[str, int] = {}

Job = Callable[..., None]


class WorkersLost(Exception):
    """A job that no worker has survived is not started any more."""


def job(
    name: str, *, queue: str = DEFAULT, on_failure: Job | None = None, tries: int = MAX_TRIES
) -> Callable[[Job], Job]:
    """Declare a job. It is called with keyword ids; `on_failure` likewise after the last try."""
    _tries[name] = tries

    def declare(function: Job) -> Job:
        @app.task(
            name=name,
            queue=queue,
            pass_context=True,
            # It counts the tries after the first one.
            retry=RetryStrategy(max_attempts=tries - 1, exponential_wait=2),
        )
        def run(context: JobContext, /, **ids: Any) -> None:
            _run(function, on_failure, context, ids)

        return function

    return declare


@dataclass(frozen=True, slots=True)
class _Try:
    """One try of a job. The clock's jobs have no ids, and are not tried again but come again."""

    name: str
    attempt: int = 0
    request_id: str = ""
    ids: dict[str, Any] = field(default_factory=dict)

    @property
    def is_last(self) -> bool:
        return not self.ids or self.attempt + 1 >= _tries[self.name]

    @property
    def bound(self) -> dict[str, object]:
        carried = {REQUEST_ID: self.request_id} if self.request_id else {}
        return {"job": self.name, "attempt": self.attempt, **carried}


def _run(function: Job, on_failure: Job | None, context: JobContext, ids: dict[str, Any]) -> None:
    request_id = str(ids.pop(CARRIED, ""))
    job = _Try(str(context.job.task_name), context.job.attempts, request_id, ids)
    with _at_work(job):
        try:
            if job.attempt >= _most_starts(job.name):
                raise WorkersLost(f"started {job.attempt} times, and its worker died each time")
            function(**ids)
        except Exception:
            if job.is_last and on_failure is not None:
                on_failure(**ids)
            raise


@contextmanager
def _at_work(job: _Try) -> Iterator[None]:
    """Whatever is logged within says for which job; how it ended is logged and counted."""
    close_old_connections()
    started = time.monotonic()
    outcome = "failed" if job.is_last else "retried"
    with structlog.contextvars.bound_contextvars(**job.bound):
        try:
            yield
        except ExpectedFailure as failure:
            log.warning("job failed", cause=str(failure), **job.ids)
            raise
        except Exception:
            log.exception("job failed", **job.ids)
            raise
        else:
            outcome = "done"
            # The clock's jobs come every few seconds and mostly find nothing to do.
            tell = log.info if job.ids else log.debug
            tell("job done", ms=round((time.monotonic() - started) * 1000), **job.ids)
        finally:
            count_job(job.name, outcome, time.monotonic() - started)
            close_old_connections()


def enqueue(
    name: str,
    *,
    lock: str | None = None,
    key: str | None = None,
    wait: timedelta | None = None,
    **ids: object,
) -> bool:
    """Store a job with the present transaction. Jobs of one `lock` run one after another.

    With `key`, a job that is already waiting under that key is enough: returns False then.
    """
    request_id = present_request_id()
    carried = {CARRIED: request_id} if request_id else {}
    configured = app.configure_task(
        name,
        lock=lock,
        queueing_lock=key,
        schedule_in={"seconds": int(wait.total_seconds())} if wait else None,
    )
    deferrer = JobDeferrer(_IN_TRANSACTION, configured.job)
    try:
        # A savepoint: a refused duplicate must not doom the caller's transaction.
        with transaction.atomic():
            deferrer.defer(**ids, **carried)  # type: ignore[arg-type]
    except AlreadyEnqueued:
        return False
    return True


def periodic(name: str, cron: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Declare a job that the workers start by the clock; `cron` may have seconds as sixth field."""

    def declare(function: Callable[[], None]) -> Callable[[], None]:
        @app.periodic(cron=cron)
        @app.task(name=name, queue=CLOCK, queueing_lock=name)
        def run(timestamp: int) -> None:
            with _at_work(_Try(name)):
                function()

        return function

    return declare


@app.periodic(cron="* * * * * */10")
@app.task(name=RESCUE, queue=CLOCK, queueing_lock=RESCUE)
async def rescue_jobs(timestamp: int) -> None:
    """Put the jobs of dead workers back into the queue; procrastinate does not do it by itself."""
    stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS)
    for one in stalled:
        await _rescue(one)


async def _rescue(one: StoredJob) -> None:
    """Back into the queue, unless it comes again without us or was the end of too many workers."""
    is_hopeless = one.attempts > _most_starts(one.task_name)
    if is_hopeless or one.task_name in _by_the_clock():
        log.warning("job of a dead worker given up", job=one.task_name, id=one.id)
        await app.job_manager.finish_job(one, status=Status.FAILED, delete_job=False)
        return
    log.warning("job of a dead worker put back", job=one.task_name, id=one.id)
    try:
        await app.job_manager.retry_job(one, retry_at=utc_now())
    except UniqueViolation:
        # One under the same key waits already, which is enough.
        await app.job_manager.finish_job(one, status=Status.FAILED, delete_job=False)


def _most_starts(name: str) -> int:
    return STARTS_FOR_A_TRY * _tries.get(name, MAX_TRIES)


def _by_the_clock() -> set[str]:
    return {name for name, _ in app.periodic_registry.periodic_tasks}


@app.periodic(cron="17 3 * * *")
@app.task(name="infra.delete_finished_jobs", queue=CLOCK, queueing_lock="infra.delete_finished")
async def delete_finished_jobs(timestamp: int) -> None:
    """Forget finished jobs; half a million of them slow the queue to two thirds."""
    await app.job_manager.delete_old_jobs(nb_hours=72, include_failed=True)
