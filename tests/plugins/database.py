"""Fixtures for databases. Tests connect as the application's role: row-level security is real.

`db` (pytest-django) rolls back; `fresh_database` is a committed database of one's own.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from django.db import connections
from procrastinate.contrib.django import app
from procrastinate.periodic import PeriodicDeferrer
from pytest_django.plugin import DjangoDbBlocker

from fleetward.config.settings import database
from fleetward.infra.embedded_postgres import provision
from tests.plugins.environment import OWN_DATABASE, started_server
from tests.plugins.server import APP, OWNER, roles_of


@dataclass(frozen=True, slots=True)
class FreshDatabase:
    """A database with committed data; subprocesses reach it by these URLs."""

    name: str
    url: str
    owner_url: str


@contextmanager
def django_on(url: str) -> Iterator[None]:
    """Django's connections, those of other threads too, go to `url`."""
    connection = connections["default"]
    connection.close()
    before = dict(connection.settings_dict)
    connection.settings_dict.update(database(url))
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


@contextmanager
def committed_database(blocker: DjangoDbBlocker) -> Iterator[FreshDatabase]:
    """A clone of the template with Django connected to it, dropped afterwards."""
    server = started_server()
    with server.database() as name, blocker.unblock():
        url = server.url(APP, name)
        with django_on(url):
            yield FreshDatabase(name, url, server.url(OWNER, name))


@contextmanager
def empty_database() -> Iterator[FreshDatabase]:
    """A database without a single table, for our two roles, dropped afterwards."""
    server, name = started_server(), f"empty_{secrets.token_hex(6)}"
    provision(server.admin_url, name, roles_of(server))
    try:
        yield FreshDatabase(name, server.url(APP, name), server.url(OWNER, name))
    finally:
        server.drop(name)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """pytest-django's set-up, replaced: the database of this worker is a clone of the template."""
    server = started_server()
    server.clone(OWN_DATABASE)
    with django_db_blocker.unblock(), django_on(server.url(APP, OWN_DATABASE)):
        yield


@pytest.fixture
def fresh_database(django_db_blocker: DjangoDbBlocker) -> Iterator[FreshDatabase]:
    """A committed database for races, workers, subprocesses. Do not ask for `db` beside it."""
    with committed_database(django_db_blocker) as fresh:
        yield fresh


@pytest.fixture
def owner_connection() -> Iterator[psycopg.Connection]:
    """A connection as the owner of the tables to the database that Django uses now."""
    name = str(connections["default"].settings_dict["NAME"])
    with psycopg.connect(started_server().url(OWNER, name), autocommit=True) as connection:
        yield connection


async def _nothing(_deferrer: PeriodicDeferrer) -> None:
    pass


@pytest.fixture
def run_jobs(fresh_database: FreshDatabase) -> Callable[[], None]:
    """Work off the queue of `fresh_database` in this process until it is empty."""

    def run() -> None:
        connector: Any = app.connector
        # Jobs run in threads that end unseen: their connections close with each job.
        settings = connections["default"].settings_dict
        with (
            pytest.MonkeyPatch.context() as patch,
            app.replace_connector(connector.get_worker_connector()) as worker_app,
        ):
            patch.setitem(settings, "CONN_MAX_AGE", 0)
            # What the clock starts is no part of a test.
            patch.setattr(PeriodicDeferrer, "worker", _nothing)
            worker_app.run_worker(
                wait=False,
                concurrency=1,
                listen_notify=False,
                install_signal_handlers=False,
                delete_jobs="never",
            )

    return run
