"""A backup into a database: everything in one transaction, so that all of it is there or nothing.

The tables are made by the migrations that the backup has been through; the rows come in without
indexes, references and triggers, which are put back as they were; and every table is read again and
compared before anything is kept. What is newer than the backup is migrated afterwards.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

from django.db import connection, transaction
from psycopg import sql

from fleetward.infra.backup.archive import Backup, BackupDamaged, BackupTooNew
from fleetward.infra.backup.catalogue import Table, list_tables
from fleetward.infra.backup.dump import SESSION, RowsOf
from fleetward.infra.migrating import build_schema, known_migrations
from fleetward.infra.sql import fetch_text, raw
from fleetward.kernel.errors import Conflict

Say = Callable[[str], None]

OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = ANY (%s::text[])
"""
# Those that belong to a constraint stay: they are made with it, and keep the rows unique.
INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relnamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid AND contype <> 'f')
ORDER BY c.relname
"""
REFERENCES = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND contype = 'f' AND conparentid = 0
ORDER BY conname
"""


@dataclass(eq=False)
class NotEmpty(Conflict):
    database: str

    code: ClassVar[str] = "restore_not_empty"
    text: ClassVar[str] = "The database {database} holds an installation already."
    fix: ClassVar[str] = "Restore into an empty database, or replace everything by --replace."


@dataclass(eq=False)
class InUse(Conflict):
    sessions: int

    code: ClassVar[str] = "restore_in_use"
    text: ClassVar[str] = "The database is in use: {sessions} sessions of web servers or workers."
    fix: ClassVar[str] = "Stop web servers and workers first."


def refuse_unknown_migrations(backup: Backup) -> None:
    """Raises: BackupTooNew, when the backup has been through what this version does not know."""
    if set(backup.manifest.migrations) - known_migrations():
        raise BackupTooNew(backup.manifest.version)


def has_rows(names: Collection[str]) -> bool:
    """Whether one of these tables is there and holds something."""
    tables = [table for table in list_tables() if table.name in names]
    with _unforced(tables):
        return any(map(_holds_something, tables))


def _holds_something(table: Table) -> bool:
    with connection.cursor() as cursor:
        plain = raw(cursor)
        plain.execute(sql.SQL("SELECT FROM {} LIMIT 1").format(table.identifier))
        return plain.fetchone() is not None


def load_database(
    backup: Backup,
    *,
    roles: Collection[str],
    marks: Collection[str],
    is_replacing: bool,
    before_commit: Callable[[], None],
    say: Say,
) -> None:
    """Put the rows of a backup into the present database, as the owner.

    `roles` are those of web servers and workers; `marks` are tables that hold rows in every
    installation that is used. `before_commit` is the last to be able to stop it all.
    Raises: BackupTooNew, InUse, NotEmpty, BackupDamaged; nothing has happened then.
    """
    refuse_unknown_migrations(backup)
    with transaction.atomic():
        _execute(SESSION)
        refuse_company(roles)
        if not is_replacing and has_rows(marks):
            raise NotEmpty(str(connection.settings_dict["NAME"]))
        _forget_everything()
        say("Making the tables ...")
        build_schema(set(backup.manifest.migrations))
        tables = {table.name: table for table in list_tables()}
        _refuse_other_tables(backup, tables)
        with _unguarded(tables.values()):
            _fill(backup, tables, say)
        before_commit()


def refuse_company(roles: Collection[str]) -> None:
    """Raises: InUse, when somebody of ours is connected to the database."""
    ((sessions,),) = fetch_text(OTHERS, [list(roles)])
    if sessions:
        raise InUse(sessions)


def _forget_everything() -> None:
    """Drop what the owner's role has in this database, and make the schema where it was ours."""
    _execute("DROP OWNED BY CURRENT_USER CASCADE")
    _execute("CREATE SCHEMA IF NOT EXISTS public")


def _refuse_other_tables(backup: Backup, tables: dict[str, Table]) -> None:
    """The same migrations make the same tables, or the backup is none of ours."""
    for name, entry in backup.manifest.tables.items():
        if name not in tables or set(entry.columns) != set(tables[name].columns):
            raise BackupDamaged


def _fill(backup: Backup, tables: dict[str, Table], say: Say) -> None:
    every = sql.SQL(", ").join(table.identifier for table in tables.values())
    _run(sql.SQL("TRUNCATE {}").format(every))
    with _bare():
        for name, entry in backup.manifest.tables.items():
            say(f"{name}: {entry.rows:,} rows")
            _copy_in(backup, tables[name], entry.columns, entry.pieces)
        say("Making indexes and checking references ...")
    for name, (last, is_called) in backup.manifest.sequences.items():
        fetch_text("SELECT setval(%s::regclass, %s, %s)", [f"public.{name}", last, is_called])
    say("Comparing every table with the backup ...")
    for name, entry in backup.manifest.tables.items():
        rows = RowsOf(tables[name], entry.columns)
        digest = hashlib.sha256()
        for row in rows:
            digest.update(row)
        if (rows.count, digest.hexdigest()) != (entry.rows, entry.sha256):
            raise BackupDamaged


def _copy_in(backup: Backup, table: Table, columns: list[str], pieces: int) -> None:
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(table.identifier, listed)
    with connection.cursor() as cursor, raw(cursor).copy(statement) as copy:
        for piece in backup.stream(f"tables/{table.name}", pieces):
            copy.write(piece)


@contextmanager
def _unguarded(tables: Collection[Table]) -> Iterator[None]:
    """Without triggers, whose work is in the rows already."""
    with _unforced(tables):
        for table in tables:
            _run(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(table.identifier))
        yield
        for table in tables:
            _run(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(table.identifier))


@contextmanager
def _unforced(tables: Collection[Table]) -> Iterator[None]:
    """Row-level security lets the owner pass until the block ends; others it binds as before."""
    forced = [table.identifier for table in tables if table.is_forced]
    for name in forced:
        _run(sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(name))
    yield
    for name in forced:
        _run(sql.SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(name))


@contextmanager
def _bare() -> Iterator[None]:
    """Without indexes and references: they are built from all rows in a third of the time."""
    indexes, references = fetch_text(INDEXES, []), fetch_text(REFERENCES, [])
    for table, name, _ in references:
        _execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for name, _ in indexes:
        _execute(f"DROP INDEX {name}")
    yield
    for _, definition in indexes:
        _execute(definition)
    for table, name, definition in references:
        _execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def _run(statement: sql.Composed) -> None:
    with connection.cursor() as cursor:
        raw(cursor).execute(statement)


def _execute(text: str) -> None:
    with connection.cursor() as cursor:
        raw(cursor).execute(text.encode())
