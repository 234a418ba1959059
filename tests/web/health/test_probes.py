"""Liveness and readiness: what each part makes of the answer, and who may ask."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client

from fleetward.infra.health import Part, look
from tests.plugins.database import FreshDatabase, django_on
from tests.plugins.environment import KEYS


def ask(path: str = "/health/ready", **headers: str) -> tuple[int, dict[str, Any]]:
    answer = Client(headers={"host": "10.1.2.3", **headers}).get(path)
    assert not answer.cookies
    assert answer["Cache-Control"] == "no-store"
    return answer.status_code, json.loads(answer.content)


def heartbeat(seconds_ago: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers")
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - make_interval(secs => %s))",
            [seconds_ago],
        )


def test_live_asks_nothing() -> None:
    assert ask("/health/live") == (200, {"status": "live"})


@pytest.mark.django_db
def test_ready_with_a_worker_that_is_alive() -> None:
    heartbeat(5)
    parts = dict.fromkeys(("database", "migrations", "worker", "keys"), "ok")
    assert ask() == (200, {"status": "ready", **parts})


@pytest.mark.django_db
@pytest.mark.parametrize("seconds", [None, 300])
def test_without_a_worker_pages_are_still_served(seconds: int | None) -> None:
    if seconds:
        heartbeat(seconds)
    status, told = ask()
    assert (status, told["status"], told["worker"]) == (200, "degraded", "late")


@pytest.mark.django_db
def test_only_reading_is_answered() -> None:
    assert Client().post("/health/ready").status_code == 405
    assert Client().head("/health/ready").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("content", [None, "damaged"])
def test_without_keys_it_is_not_ready(tmp_path: Path, content: str | None) -> None:
    if content:
        (tmp_path / "keys").write_text(content, encoding="ascii")
    health = look(tmp_path / "keys")
    assert (health.status, health.parts["keys"]) == ("not ready", Part.UNREADABLE)


def test_with_migrations_missing_it_is_not_ready(fresh_database: FreshDatabase) -> None:
    with psycopg.connect(fresh_database.owner_url) as owner:
        owner.execute("DELETE FROM django_migrations WHERE app = 'audit'")
    status, told = ask()
    assert (status, told["status"], told["migrations"]) == (503, "not ready", "pending")


def test_a_database_that_is_ahead_is_fine(fresh_database: FreshDatabase) -> None:
    """Old processes go on while the new version's migrations are there already."""
    with psycopg.connect(fresh_database.owner_url) as owner:
        owner.execute(
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('devices', '9999_before_later', now())"
        )
    assert look(KEYS).parts["migrations"] is Part.OK


def test_without_a_database_it_is_not_ready_and_recovers(fresh_database: FreshDatabase) -> None:
    with django_on("postgresql://app@127.0.0.1:1/none"):
        status, told = ask()
        assert (status, told["database"], told["migrations"]) == (503, "unreachable", "unknown")
        assert ask("/health/live")[0] == 200
    assert look(KEYS).parts["database"] is Part.OK
