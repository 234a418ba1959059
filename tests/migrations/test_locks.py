"""Migrations beside running servers: they wait briefly, let others through, and come back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import OperationalError, connection, migrations
from django.db.migrations.loader import MigrationLoader

from fleetward.infra import migrating
from fleetward.infra.migrating import Careful, StayedBusy, TookTooLong, bring_up_to_date
from tests.plugins.database import FreshDatabase, django_on
from tests.plugins.server import APP
from tests.races import wait_until

LATER = ("infra", "9999_before_later")
COLUMN = "ALTER TABLE warranty_batch ADD COLUMN later integer"


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements of a migration that this version has and the database lacks."""
    statements = [COLUMN]
    load = MigrationLoader.load_disk

    def loaded(loader: MigrationLoader) -> None:
        load(loader)
        before = max(name for app, name in loader.disk_migrations if app == LATER[0])
        later = migrations.Migration(LATER[1], LATER[0])
        later.dependencies = [(LATER[0], before)]
        later.operations = [migrations.RunSQL(one, migrations.RunSQL.noop) for one in statements]
        loader.disk_migrations[LATER] = later

    monkeypatch.setattr(MigrationLoader, "load_disk", loaded)
    return statements


@pytest.fixture
def behind(
    fresh_database: FreshDatabase, later: list[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[psycopg.Connection]:
    """The owner's own connection to a database that lacks it; Django is the owner too."""
    monkeypatch.setattr(migrating, "WAITS", (0.01,) * 50)
    monkeypatch.setattr(migrating, "LOCK_TIMEOUT", "50ms")
    with (
        psycopg.connect(fresh_database.owner_url, autocommit=True) as owner,
        django_on(fresh_database.owner_url),
    ):
        yield owner


def migrate(say: Callable[[str], None] = lambda text: None) -> None:
    bring_up_to_date(APP, say=say, is_quiet=True)


def is_complete(owner: psycopg.Connection) -> bool:
    found = owner.execute("SELECT 1 FROM django_migrations WHERE (app, name) = (%s, %s)", LATER)
    return found.fetchone() is not None


@contextmanager
def reading(url: str) -> Iterator[psycopg.Connection]:
    """Somebody reads the table in a long transaction."""
    with psycopg.connect(url) as reader:
        reader.execute("SELECT count(*) FROM warranty_batch")
        yield reader


def test_what_waits_for_a_table_is_tried_again(
    behind: psycopg.Connection, fresh_database: FreshDatabase
) -> None:
    said: list[str] = []
    with reading(fresh_database.url) as reader:

        def say(text: str) -> None:
            said.append(text)
            if len(said) == 3:
                reader.rollback()

        migrate(say)
    assert len(said) == 3
    assert "infra.9999_before_later" in said[0]
    assert is_complete(behind)


def test_others_get_at_the_table_while_a_migration_waits(
    behind: psycopg.Connection, fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: without a limit, who comes after the migration waits for as long as it does."""
    assert second_reader_is_answered(fresh_database, migrate)
    monkeypatch.setattr(migrating, "LOCK_TIMEOUT", "0")
    behind.execute("ALTER TABLE warranty_batch DROP COLUMN later")
    behind.execute("DELETE FROM django_migrations WHERE (app, name) = (%s, %s)", LATER)
    assert not second_reader_is_answered(fresh_database, migrate)


def second_reader_is_answered(database: FreshDatabase, work: Callable[[], None]) -> bool:
    """Whether a reader who comes after the migration is answered while a first one holds it up."""
    worker = threading.Thread(target=lambda: (work(), connection.close()))
    with reading(database.url), psycopg.connect(database.url, autocommit=True) as second:
        worker.start()
        wait_until_waiting(second)
        # Longer than a migration holds anybody up, and shorter than it takes to be sure.
        second.execute("SET lock_timeout = '2s'")
        try:
            second.execute("SELECT count(*) FROM warranty_batch")
        except psycopg.errors.LockNotAvailable:
            answered = False
        else:
            answered = True
    worker.join()
    return answered


def wait_until_waiting(looker: psycopg.Connection) -> None:
    """Until the migration stands in the queue for the table."""
    waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'warranty_batch'::regclass"
    wait_until(lambda: looker.execute(waiting.encode()).fetchone() is not None)


def test_a_table_that_stays_busy_is_told_and_nothing_has_happened(
    behind: psycopg.Connection, fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "WAITS", (0.01,))
    with reading(fresh_database.url), pytest.raises(StayedBusy, match="before_later"):
        migrate()
    assert not is_complete(behind)
    migrate()
    assert is_complete(behind)


def test_a_statement_that_takes_too_long_is_rolled_back(
    behind: psycopg.Connection, later: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "STATEMENT_TIMEOUT", "1ms")
    later.insert(0, "SELECT pg_sleep(0.5)")
    with pytest.raises(TookTooLong, match="--unhurried"):
        migrate()
    assert not is_complete(behind)
    bring_up_to_date(APP, say=print, is_quiet=True, is_unhurried=True)
    assert is_complete(behind)


def test_what_else_goes_wrong_is_not_tried_again(behind: psycopg.Connection) -> None:
    said: list[str] = []
    with (
        django_on("postgresql://owner@127.0.0.1:1/none"),
        pytest.raises(OperationalError, match="connection"),
    ):
        migrate(said.append)
    assert said == []


def test_an_index_that_was_left_half_built_goes_before_it_is_built_anew(
    behind: psycopg.Connection,
) -> None:
    behind.execute("CREATE INDEX half ON warranty_batch (id)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        # Two rows of the same value leave an index that is not valid.
        behind.execute("CREATE UNIQUE INDEX CONCURRENTLY broken ON django_migrations ((1))")
    migrate()
    found = behind.execute("SELECT indexname FROM pg_indexes WHERE indexname IN ('half', 'broken')")
    assert found.fetchall() == [("half",)]


def test_limits_are_the_migrations_own_where_it_says_so() -> None:
    command = Careful()
    plain = type("Migration", (migrations.Migration,), {})("0001_x", "tests")
    patient = type("Migration", (migrations.Migration,), {"statement_timeout": "10min"})
    index = type("Migration", (migrations.Migration,), {"atomic": False})("0003_x", "tests")
    assert command._limits(plain) == ("4s", "5s")
    assert command._limits(patient("0002_x", "tests")) == ("4s", "10min")
    assert command._limits(index) == ("0", "0")
