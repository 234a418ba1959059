"""The id of a request goes through the queue: into logs, the trail, and jobs that jobs enqueue."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

import pytest
from django.db import connection
from structlog.contextvars import bound_contextvars, clear_contextvars, merge_contextvars
from structlog.testing import capture_logs

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.audit.models import Entry
from fleetward.infra.jobs import enqueue, job
from fleetward.infra.logging import is_untold, present_request_id
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor, system_actor
from fleetward.kernel.errors import ExpectedFailure
from tests.cast import make_tenant
from tests.plugins.database import FreshDatabase

REQUEST = "5f0c8d5be3a54ab0"
seen: list[tuple[str, str]] = []


@job("tests.first")
def first(*, tenant: int) -> None:
    seen.append(("first", present_request_id()))
    note(actor=system_actor("Tests", tenant), tenant=tenant)
    enqueue("tests.second", tenant=tenant)


@job("tests.second")
def second(*, tenant: int) -> None:
    seen.append(("second", present_request_id()))


@job("tests.failing")
def failing(*, tenant: int) -> None:
    raise RuntimeError("on purpose")


@job("tests.unlucky", tries=1)
def unlucky(*, tenant: int) -> None:
    raise ExpectedFailure("mail server: TimeoutError")


@use_case
def note(*, actor: Actor, tenant: int) -> None:
    record(actor=actor, verb=Verb.TENANT_SETTINGS_CHANGED, tenant=tenant)


def arguments() -> list[dict[str, object]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs ORDER BY id")
        return [json.loads(row[0]) for row in cursor.fetchall()]


def test_a_job_works_under_the_id_of_its_request(
    fresh_database: FreshDatabase,
    run_jobs: Callable[[], None],
) -> None:
    seen.clear()
    tenant = make_tenant("Acme").id
    with bound_contextvars(request_id=REQUEST):
        enqueue("tests.first", tenant=tenant)
    with capture_logs(processors=[merge_contextvars]) as lines:
        run_jobs()
    assert seen == [("first", REQUEST), ("second", REQUEST)]
    with tenant_scope([tenant]):
        assert Entry.objects.latest("id").request_id == REQUEST
    told = {line["job"]: line for line in lines if line["event"] == "job done"}
    assert told["tests.first"]["request_id"] == told["tests.second"]["request_id"] == REQUEST


def test_a_failing_job_is_logged_with_its_request(
    fresh_database: FreshDatabase,
    run_jobs: Callable[[], None],
) -> None:
    with bound_contextvars(request_id=REQUEST):
        enqueue("tests.failing", tenant=1)
    with capture_logs(processors=[merge_contextvars]) as lines:
        run_jobs()
    (told,) = [line for line in lines if line["event"] == "job failed"]
    assert (told["job"], told["request_id"], told["tenant"]) == ("tests.failing", REQUEST, 1)
    assert told["exc_info"]


def test_what_is_no_mistake_of_ours_is_one_warning(
    fresh_database: FreshDatabase,
    run_jobs: Callable[[], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    enqueue("tests.unlucky", tenant=1)
    with capture_logs() as lines:
        run_jobs()
    (told,) = [line for line in lines if line["event"] == "job failed"]
    assert (told["log_level"], told["tenant"]) == ("warning", 1)
    assert told["cause"] == "mail server: TimeoutError"
    assert "exc_info" not in told
    # The queue has its own word on the last try, which is not let through.
    assert not [record for record in caplog.records if record.exc_info and is_untold(record)]


def test_the_queues_word_on_a_mistake_of_ours_is_let_through() -> None:
    for error, is_shown in ((RuntimeError("x"), True), (ExpectedFailure("x"), False)):
        told = (type(error), error, None)
        record = logging.LogRecord("queue", logging.ERROR, __file__, 1, "failed", None, told)
        assert is_untold(record) is is_shown
    assert is_untold(logging.LogRecord("queue", logging.INFO, __file__, 1, "done", None, None))


@pytest.mark.django_db
def test_without_a_request_nothing_is_carried() -> None:
    clear_contextvars()
    enqueue("tests.first", tenant=1)
    assert arguments() == [{"tenant": 1}]
