"""How often a job is started: after a failure, after the death of its worker, and at last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from procrastinate.contrib.django import app

from fleetward.infra.jobs import MAX_STARTS, MAX_TRIES, PATIENT_TRIES, RESCUE, enqueue, job
from tests.plugins.database import FreshDatabase

started: list[int] = []
told: list[int] = []
troubles: list[Exception] = []


def _told(*, number: int) -> None:
    told.append(number)
    if number < 0:
        raise RuntimeError("the end fails as well")


@job("tests.tried", on_failure=_told)
def tried(*, number: int) -> None:
    started.append(number)
    if troubles:
        raise troubles[0]


@job("tests.patient", on_failure=_told, tries=PATIENT_TRIES)
def patient(*, number: int) -> None:
    tried(number=number)


@pytest.fixture(autouse=True)
def nothing_yet(fresh_database: FreshDatabase) -> None:
    for noted in (started, told, troubles):
        noted.clear()


def ask(statement: str, *params: object) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall()) if cursor.description else []


def states() -> list[str]:
    query = "SELECT status FROM procrastinate_jobs WHERE task_name = 'tests.tried' ORDER BY id"
    return [row[0] for row in ask(query)]


def dead(attempts: int = 0, task: str = "tests.tried") -> None:
    """The job's worker has died in the middle of it."""
    ask(
        """
        WITH worker AS (
            INSERT INTO procrastinate_workers (last_heartbeat)
            VALUES (now() - interval '1 hour') RETURNING id
        )
        UPDATE procrastinate_jobs j
        SET status = 'doing', attempts = %s, worker_id = worker.id
        FROM worker WHERE j.task_name = %s AND j.status = 'todo'
        """,
        attempts,
        task,
    )


def rescue(run_jobs: Callable[[], None]) -> None:
    app.configure_task(RESCUE).defer(timestamp=0)
    run_jobs()


def test_a_job_that_fails_is_tried_so_often_and_its_owner_told_once(
    run_jobs: Callable[[], None],
) -> None:
    troubles.append(RuntimeError("on purpose"))
    enqueue("tests.tried", number=1)
    # More often than needed: what is over must not come again.
    for _ in range(MAX_TRIES + 3):
        run_jobs()
        ask("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
    assert (len(started), told, states()) == (MAX_TRIES, [1], ["failed"])


def test_a_patient_job_outlives_a_server_that_is_away_for_a_day(
    run_jobs: Callable[[], None],
) -> None:
    troubles.append(RuntimeError("on purpose"))
    enqueue("tests.patient", number=1)
    waited = timedelta()
    for _ in range(PATIENT_TRIES + 3):
        run_jobs()
        waits = ask("SELECT scheduled_at - now() FROM procrastinate_jobs WHERE status = 'todo'")
        waited += sum((wait for (wait,) in waits), timedelta())
        ask("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
    assert (len(started), told) == (PATIENT_TRIES, [1])
    assert waited > timedelta(hours=36)


def test_a_patient_job_may_lose_more_workers_than_others(run_jobs: Callable[[], None]) -> None:
    enqueue("tests.patient", number=1)
    dead(attempts=MAX_STARTS + 1, task="tests.patient")
    rescue(run_jobs)
    assert started == [1]


def test_a_job_that_succeeds_in_the_end_tells_nobody(run_jobs: Callable[[], None]) -> None:
    troubles.append(RuntimeError("on purpose"))
    enqueue("tests.tried", number=1)
    run_jobs()
    troubles.clear()
    ask("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
    run_jobs()
    assert (len(started), told, states()) == (2, [], ["succeeded"])


def test_the_job_of_a_dead_worker_is_started_again(run_jobs: Callable[[], None]) -> None:
    enqueue("tests.tried", number=1)
    dead(attempts=MAX_STARTS - 2)
    rescue(run_jobs)
    assert (started, told, states()) == ([1], [], ["succeeded"])


def test_a_job_that_no_worker_survives_is_given_up_and_its_owner_told(
    run_jobs: Callable[[], None],
) -> None:
    enqueue("tests.tried", number=1)
    dead(attempts=MAX_STARTS - 1)
    rescue(run_jobs)
    assert (started, told, states()) == ([], [1], ["failed"])


def test_a_job_whose_end_no_worker_survives_either_is_left_alone(
    run_jobs: Callable[[], None],
) -> None:
    enqueue("tests.tried", number=1)
    dead(attempts=MAX_STARTS + 1)
    rescue(run_jobs)
    assert (started, told, states()) == ([], [], ["failed"])


def test_an_owner_that_cannot_be_told_is_not_told_for_ever(run_jobs: Callable[[], None]) -> None:
    enqueue("tests.tried", number=-1)
    dead(attempts=MAX_STARTS - 1)
    for _ in range(3):
        rescue(run_jobs)
    assert (told, states()) == ([-1], ["failed"])


def test_the_job_of_a_dead_worker_makes_way_for_its_like(run_jobs: Callable[[], None]) -> None:
    """Two under one key: putting back the first was refused, and nobody was rescued after it."""
    enqueue("tests.tried", key="one", number=1)
    dead()
    enqueue("tests.tried", key="one", wait=timedelta(hours=1), number=2)
    enqueue("tests.tried", number=3)
    ask("UPDATE procrastinate_jobs SET status = 'doing' WHERE args->>'number' = '3'")
    rescue(run_jobs)
    assert started == [3]
    assert states() == ["failed", "todo", "succeeded"]


def test_what_comes_by_the_clock_is_not_put_back(run_jobs: Callable[[], None]) -> None:
    app.configure_task("audit.seal").defer(timestamp=0)
    dead(task="audit.seal")
    app.configure_task("audit.seal").defer(timestamp=1)
    rescue(run_jobs)
    query = "SELECT status FROM procrastinate_jobs WHERE task_name = 'audit.seal' ORDER BY id"
    assert ask(query)[0][0] == "failed"
