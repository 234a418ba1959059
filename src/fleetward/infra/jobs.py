"""The job queue: procrastinate in the same database, so that a job is stored with its change.

Jobs carry ids only, may run twice, and are brought back after a killed worker by `rescue_jobs`.
This is one of the two places that catch every exception: it logs, lets the queue try again, and
tells the owner of the work when the last try has failed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from django.db import close_old_connections, transaction
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from fleetward.kernel.clock import utc_now

log = structlog.get_logger(__name__)

MAX_TRIES = 6
STALLED_AFTER_SECONDS = 30.0

Job = Callable[..., None]


def job(
    name: str, *, queue: str = "default", on_failure: Job | None = None
) -> Callable[[Job], Job]:
    """Declare a job. It is called with keyword ids; `on_failure` likewise after the last try."""

    def declare(function: Job) -> Job:
        @app.task(
            name=name,
            queue=queue,
            pass_context=True,
            retry=RetryStrategy(max_attempts=MAX_TRIES, exponential_wait=2),
        )
        def run(context: JobContext, /, **ids: Any) -> None:
            _run(function, on_failure, context, ids)

        return function

    return declare


def _run(function: Job, on_failure: Job | None, context: JobContext, ids: dict[str, Any]) -> None:
    close_old_connections()
    attempts = context.job.attempts if context.job else 0
    bound = log.bind(job=context.job.task_name if context.job else "", attempt=attempts, **ids)
    try:
        function(**ids)
    except Exception:
        bound.exception("job failed")
        if attempts + 1 >= MAX_TRIES and on_failure is not None:
            on_failure(**ids)
        raise
    finally:
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
    configured = app.configure_task(
        name,
        lock=lock,
        queueing_lock=key,
        schedule_in={"seconds": int(wait.total_seconds())} if wait else None,
    )
    try:
        # A savepoint: a refused duplicate must not doom the caller's transaction.
        with transaction.atomic():
            configured.defer(**ids)  # type: ignore[arg-type]
    except AlreadyEnqueued:
        return False
    return True


def periodic(name: str, cron: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Declare a job that the workers start by the clock; `cron` may have seconds as sixth field."""

    def declare(function: Callable[[], None]) -> Callable[[], None]:
        @app.periodic(cron=cron)
        @app.task(name=name, queue="clock", queueing_lock=name)
        def run(timestamp: int) -> None:
            close_old_connections()
            try:
                function()
            finally:
                close_old_connections()

        return function

    return declare


@app.periodic(cron="* * * * * */10")
@app.task(name="infra.rescue_jobs", queue="clock", queueing_lock="infra.rescue_jobs")
async def rescue_jobs(timestamp: int) -> None:
    """Put the jobs of dead workers back into the queue; procrastinate does not do it by itself."""
    stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS)
    for one in stalled:
        log.warning("job of a dead worker put back", job=one.task_name, id=one.id)
        await app.job_manager.retry_job(one, retry_at=utc_now())


@app.periodic(cron="17 3 * * *")
@app.task(name="infra.delete_finished_jobs", queue="clock", queueing_lock="infra.delete_finished")
async def delete_finished_jobs(timestamp: int) -> None:
    """Forget finished jobs; half a million of them slow the queue to two thirds."""
    await app.job_manager.delete_old_jobs(nb_hours=72, include_failed=True)
