"""What monitoring reads of the database: the queue, the workers, and whether it answers at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from prometheus_client import CollectorRegistry

from fleetward.infra.jobs import enqueue
from fleetward.infra.metric_page import page_for
from tests.plugins.database import FreshDatabase, django_on


@pytest.fixture
def page(fresh_database: FreshDatabase, tmp_path: Path) -> Iterator[CollectorRegistry]:
    """Reading closes the connection of its thread, hence a database with committed data."""
    yield page_for(tmp_path)
    connection.close()


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def jobs(page: CollectorRegistry, queue: str) -> list[float | None]:
    states = ("due", "later", "under_way")
    labels = [{"queue": queue, "state": state} for state in states]
    return [page.get_sample_value("fleetward_queue_jobs", one) for one in labels]


def test_the_queue_is_told_by_state_with_the_age_of_the_oldest(page: CollectorRegistry) -> None:
    for wait in (None, None, timedelta(hours=1)):
        enqueue("warranty.follow_setup", wait=wait, tenant=1)
    execute("UPDATE procrastinate_events SET at = now() - interval '90 seconds'")
    execute(
        "UPDATE procrastinate_jobs SET status = 'doing'"
        " WHERE id = (SELECT min(id) FROM procrastinate_jobs)"
    )
    assert jobs(page, "default") == [1, 1, 1]
    age = page.get_sample_value("fleetward_queue_oldest_seconds", {"queue": "default"})
    assert age
    assert 90 <= age < 120
    execute("DELETE FROM procrastinate_jobs")
    assert jobs(page, "default") == [0, 0, 0]


def test_workers_and_devices_are_told(page: CollectorRegistry) -> None:
    assert page.get_sample_value("fleetward_worker_heartbeat_age_seconds") is None
    execute(
        "INSERT INTO procrastinate_workers (last_heartbeat)"
        " VALUES (now() - interval '5 seconds'), (now() - interval '1 hour')"
    )
    assert page.get_sample_value("fleetward_worker_pools") == 1
    assert page.get_sample_value("fleetward_worker_heartbeat_age_seconds") == pytest.approx(
        5, abs=4
    )
    assert page.get_sample_value("fleetward_devices") == 0
    assert page.get_sample_value("fleetward_database_up") == 1


def test_without_a_database_the_page_says_so(page: CollectorRegistry) -> None:
    with django_on("postgresql://app@127.0.0.1:1/none"):
        assert page.get_sample_value("fleetward_database_up") == 0
        assert page.get_sample_value("fleetward_worker_pools") is None
