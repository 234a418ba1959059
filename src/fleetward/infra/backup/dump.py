"""A database into a backup: every table as it was at one moment, while everybody works on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from psycopg import sql

from fleetward.infra.backup.archive import Writer
from fleetward.infra.backup.catalogue import (
    LEFT_OUT,
    Table,
    list_sequences,
    list_tables,
    rows_in_order,
)
from fleetward.infra.backup.manifest import TableEntry
from fleetward.infra.sql import fetch_text, raw

# So that the same value is the same text on every server.
SESSION = """
SET LOCAL TimeZone = 'UTC';
SET LOCAL DateStyle = 'ISO, YMD';
SET LOCAL IntervalStyle = 'postgres';
SET LOCAL extra_float_digits = 1;
SET LOCAL bytea_output = 'hex';
SET LOCAL statement_timeout = 0;
"""


@contextmanager
def one_moment() -> Iterator[None]:
    """A transaction that sees the database as it is now, to its end, and changes nothing."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute(SESSION)
        yield


def dump_tables(writer: Writer) -> dict[str, TableEntry]:
    """Every table but those that are left out; they are in the archive without rows."""
    return {
        table.name: _dump(writer, table) for table in list_tables() if table.name not in LEFT_OUT
    }


def _dump(writer: Writer, table: Table) -> TableEntry:
    rows = RowsOf(table)
    written = writer.stream(f"tables/{table.name}", rows)
    return TableEntry(list(table.columns), rows.count, written.pieces, written.sha256)


class RowsOf:
    """The bytes of a table's rows; `count` is known when all have been read."""

    def __init__(self, table: Table, columns: list[str] | None = None) -> None:
        self._statement = rows_in_order(table, columns)
        self.count = 0

    def __iter__(self) -> Iterator[bytes]:
        with connection.cursor() as cursor:
            plain = raw(cursor)
            with plain.copy(self._statement) as copy:
                # One row at a time.
                for row in copy:
                    self.count += 1
                    yield bytes(row)


def read_sequences() -> dict[str, tuple[int, bool]]:
    """Where each sequence stands: not before any row that was read, since they only go up."""
    found = {}
    for name in list_sequences():
        question = sql.SQL("SELECT last_value, is_called FROM {}").format(
            sql.Identifier("public", name)
        )
        with connection.cursor() as cursor:
            plain = raw(cursor)
            plain.execute(question)
            last, is_called = plain.fetchone()
        found[name] = (int(last), bool(is_called))
    return found


def applied_migrations() -> list[tuple[str, str]]:
    return [
        (str(app), str(name))
        for app, name in fetch_text("SELECT app, name FROM django_migrations ORDER BY id", [])
    ]


def server_version() -> str:
    ((version,),) = fetch_text("SHOW server_version", [])
    return str(version)
