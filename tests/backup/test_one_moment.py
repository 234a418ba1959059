"""A backup is of one moment, whatever others write meanwhile; a table that differs is not kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import msgspec
import psycopg
import pytest
from django.db import InternalError, connection, transaction
from pytest_django.plugin import DjangoDbBlocker

from fleetward.cli.backup import MARKS
from fleetward.infra.backup import load
from fleetward.infra.backup.archive import Backup, BackupDamaged, reading, writing
from fleetward.infra.backup.dump import dump_tables, one_moment
from fleetward.infra.backup.load import load_database
from fleetward.infra.backup.manifest import TableEntry
from fleetward.infra.jobs import enqueue
from tests.backup.conftest import Saved
from tests.backup.installations import Place
from tests.plugins.database import FreshDatabase, django_on


@pytest.fixture
def as_owner(fresh_database: FreshDatabase) -> Iterator[FreshDatabase]:
    with django_on(fresh_database.owner_url):
        yield fresh_database


def rows(
    database: FreshDatabase, file: Path, moment: AbstractContextManager[None]
) -> dict[str, TableEntry]:
    """What a backup holds of which a job was stored after its first look at the database."""
    with writing(file) as writer, moment, psycopg.connect(database.owner_url) as other:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        other.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args)"
            " VALUES ('default', 'tests.later', '{}')"
        )
        other.commit()
        return dump_tables(writer)


def test_what_is_written_meanwhile_is_in_no_table(as_owner: FreshDatabase, tmp_path: Path) -> None:
    enqueue("warranty.follow_setup", tenant=1)
    found = rows(as_owner, tmp_path / "file", one_moment())
    assert (found["procrastinate_jobs"].rows, found["procrastinate_events"].rows) == (1, 1)


def test_control_without_one_moment_it_would_be_in_some(
    as_owner: FreshDatabase, tmp_path: Path
) -> None:
    enqueue("warranty.follow_setup", tenant=1)
    found = rows(as_owner, tmp_path / "file", transaction.atomic())
    assert found["procrastinate_jobs"].rows == 2


def test_nothing_can_be_changed_by_a_backup(as_owner: FreshDatabase) -> None:
    with (
        pytest.raises(InternalError, match="read-only"),
        one_moment(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM procrastinate_jobs")


def loaded(
    backup: Backup, place: Place, *, before_commit: Callable[[], object] = lambda: None
) -> None:
    load_database(
        backup,
        roles=[],
        marks=MARKS,
        is_replacing=False,
        before_commit=before_commit,
        say=lambda text: None,
    )


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"rows": 3}, "a row is missing"),
        ({"sha256": "0" * 64}, "a row differs"),
        ({"columns": ["id", "other"]}, "a column is unknown"),
    ],
)
def test_a_table_that_is_not_what_was_written_ends_the_restore(
    saved: Saved,
    empty: Place,
    django_db_blocker: DjangoDbBlocker,
    change: dict[str, object],
    wrong: str,
) -> None:
    with (
        reading(saved.file) as found,
        django_db_blocker.unblock(),
        django_on(empty.database.owner_url),
    ):
        tables = dict(found.manifest.tables)
        entry = msgspec.structs.replace(tables["tenancy_tenant"], **change)
        other = msgspec.structs.replace(found.manifest, tables={**tables, "tenancy_tenant": entry})
        with pytest.raises(BackupDamaged):
            loaded(replace(found, manifest=other), empty)
        assert empty.sums() == {}, wrong
        loaded(found, empty)
    assert empty.sums()["tenancy_tenant"] == saved.sums["tenancy_tenant"]


def fail() -> None:
    raise OSError("no space left for the uploads")


def restored_until_it_fails(saved: Saved, place: Place, blocker: DjangoDbBlocker) -> dict[str, str]:
    with (
        reading(saved.file) as found,
        blocker.unblock(),
        django_on(place.database.owner_url),
        pytest.raises(OSError, match="no space"),
    ):
        loaded(found, place, before_commit=fail)
    return place.sums()


def test_a_restore_that_fails_at_its_very_end_leaves_nothing(
    saved: Saved, empty: Place, django_db_blocker: DjangoDbBlocker
) -> None:
    assert restored_until_it_fails(saved, empty, django_db_blocker) == {}


def test_control_without_one_transaction_it_leaves_half_an_installation(
    saved: Saved,
    empty: Place,
    django_db_blocker: DjangoDbBlocker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(load, "transaction", SimpleNamespace(atomic=nullcontext))
    assert restored_until_it_fails(saved, empty, django_db_blocker)
