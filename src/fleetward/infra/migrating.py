"""Migrations that lock briefly, beside running servers.

A statement that waits for a lock on a table keeps all who come after it waiting too, so it gives up
after four seconds, lets them through, and the migration is tried again. A migration that needs
longer says so, and why, in its class:

    lock_timeout, statement_timeout = "4s", "10min"

Those that are not atomic build indexes concurrently, which keeps nobody waiting: they may take all
the time they need.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.core.management import call_command
from django.core.management.commands.migrate import Command
from django.db import OperationalError, connection
from django.db.migrations import AddIndex, Migration, RemoveIndex, RunSQL
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from psycopg import errors, sql

from fleetward.infra.sql import fetch_text, raw, statement

LOCK_TIMEOUT, STATEMENT_TIMEOUT = "4s", "5s"
# Two minutes in all, with the waiting for locks.
WAITS = (1, 2, 3, 5, 8, 8, 8, 8, 8, 8, 8)
ONE_AT_A_TIME = 7_302
BUSY = (errors.LockNotAvailable, errors.DeadlockDetected)
INVALID = """
SELECT indexrelid::regclass::text FROM pg_index
JOIN pg_class ON pg_class.oid = indexrelid
WHERE NOT indisvalid AND relnamespace = 'public'::regnamespace
"""
OWNER_READS = "owner_reads"
UNREAD_BY_OWNER = f"""
SELECT oid::regclass::text FROM pg_class c
WHERE relforcerowsecurity AND relnamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid AND polname = '{OWNER_READS}')
ORDER BY relname
"""  # noqa: S608 - our own constant
# Type, value, and beside which other value it stands.
ADDED_VALUE = re.compile(r"ALTER TYPE (\w+) ADD VALUE '(\w+)'(?: (BEFORE|AFTER) '(\w+)')?;")
Say = Callable[[str], None]


@dataclass(eq=False)
class StayedBusy(Exception):
    """Others held a table all the time; nothing of the migration has happened."""

    migration: str

    def __str__(self) -> str:
        return (
            f"Others kept tables locked for two minutes; {self.migration} has not been applied, "
            "what came before it has. Find the statement that takes so long (pg_stat_activity), "
            "or stop the web servers and workers, and run `fleetward migrate` again."
        )


@dataclass(eq=False)
class TookTooLong(Exception):
    """A statement needed more than its migration allows; nothing of the migration has happened."""

    migration: str

    def __str__(self) -> str:
        return (
            f"{self.migration} took too long beside running servers and has been rolled back. "
            "Stop the web servers and workers, and run `fleetward migrate --unhurried`."
        )


class Careful(Command):
    """Django's command with limits for each migration; `present` is the one that is applied."""

    present = "the first migration"
    is_unhurried = False

    def migration_progress_callback(self, action: str, *rest: Any, **more: Any) -> None:
        if action == "apply_start":
            migration: Migration = rest[0]
            self.present = f"{migration.app_label}.{migration.name}"
            _limit(*self._limits(migration))
        super().migration_progress_callback(action, *rest, **more)

    def _limits(self, migration: Migration) -> tuple[str, str]:
        if self.is_unhurried or not migration.atomic:
            return "0", "0"
        return (
            getattr(migration, "lock_timeout", LOCK_TIMEOUT),
            getattr(migration, "statement_timeout", STATEMENT_TIMEOUT),
        )


def _limit(lock: str, one_statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('lock_timeout', %s, false),"
            " set_config('statement_timeout', %s, false)",
            [lock, one_statement],
        )


def bring_up_to_date(
    app_role: str, *, say: Say, is_quiet: bool = False, is_unhurried: bool = False
) -> None:
    """Apply what the database lacks and grant `app_role` its rights, as the owner.

    Repeat: what is applied stays applied; a second call at a time waits for the first.
    Raises: StayedBusy, TookTooLong.
    """
    command = Careful()
    command.is_unhurried = is_unhurried
    for wait in (*WAITS, None):
        try:
            _once(command, app_role, is_quiet=is_quiet)
        except OperationalError as error:
            if isinstance(error.__cause__, errors.QueryCanceled):
                raise TookTooLong(command.present) from None
            if not isinstance(error.__cause__, BUSY):
                raise
            if wait is None:
                raise StayedBusy(command.present) from None
            say(f"Others use the tables of {command.present}; trying again in {wait} s.")
            time.sleep(wait)
        else:
            return


def _once(command: Careful, app_role: str, *, is_quiet: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
    try:
        _drop_invalid_indexes()
        call_command(command, interactive=False, verbosity=0 if is_quiet else 1)
        _limit(LOCK_TIMEOUT, "0")
        grant(app_role)
    finally:
        # The connection takes its lock and its limits with it.
        connection.close()


def _drop_invalid_indexes() -> None:
    """Those that were being built concurrently when somebody stopped us: they are built anew."""
    for (name,) in fetch_text(INVALID, []):
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX CONCURRENTLY {name}")


def grant(role: str) -> None:
    """Give `role` its rights on everything that the migrations made, and let the owner read all.

    Row-level security binds the owner as well, who could not make a whole backup otherwise.
    """
    with connection.cursor() as cursor:
        identifier = sql.Identifier(role).as_string(raw(cursor).connection)
        cursor.execute(statement("infra", "grant_app").replace("{role}", identifier))
    for (table,) in fetch_text(UNREAD_BY_OWNER, []):
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE POLICY {OWNER_READS} ON {table} FOR SELECT TO CURRENT_USER USING (true)"
            )


def build_schema(applied: Collection[tuple[str, str]]) -> None:
    """Make what these migrations make, and nothing later, in the present transaction.

    The database is empty; `applied` is what another database of ours has been through.
    """
    executor = MigrationExecutor(connection, _settle)
    everything = executor.migration_plan(executor.loader.graph.leaf_nodes(), clean_start=True)
    plan = [(migration, False) for migration, _ in everything if _key(migration) in applied]
    operations = [one for migration, _ in plan for one in migration.operations]
    added = [found for one in operations for found in ADDED_VALUE.findall(_text_of(one))]
    for migration, _ in plan:
        plain = [_with_whole_types(_within_transaction(one), added) for one in migration.operations]
        # No savepoints: below one, PostgreSQL refuses new values of types that are new themselves.
        vars(migration).update(operations=plain, atomic=False)
    executor.migrate(None, plan=plan)


def _text_of(operation: Operation) -> str:
    if isinstance(operation, RunSQL) and isinstance(operation.sql, str):
        return operation.sql
    return ""


def _with_whole_types(
    operation: Operation, added: Sequence[tuple[str, str, str, str]]
) -> Operation:
    """The same, but a type has from its beginning the values that migrations add to it.

    Until version 17 PostgreSQL lets no transaction use a value that it has added itself.
    """
    text = ADDED_VALUE.sub("", before := _text_of(operation))
    for type_name, value, where, beside in added:
        head, begins, rest = text.partition(f"CREATE TYPE {type_name} AS ENUM (")
        values, ends, rest = rest.partition("\n)")
        if where:
            pair = f"'{value}', '{beside}'" if where == "BEFORE" else f"'{beside}', '{value}'"
            values = values.replace(f"'{beside}'", pair, 1)
        elif begins:
            values += f"\n    , '{value}'"
        text = head + begins + values + ends + rest
    return operation if text == before else RunSQL(text, RunSQL.noop)


def known_migrations() -> frozenset[tuple[str, str]]:
    """Every migration of this version, by application and name."""
    return frozenset(MigrationLoader(None).disk_migrations)


def _key(migration: Migration) -> tuple[str, str]:
    return migration.app_label, migration.name


def _settle(action: str, *_rest: Any) -> None:
    """Tables with rows that wait for their checks cannot be altered; usually a commit checks."""
    if action == "apply_success":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def _within_transaction(operation: Operation) -> Operation:
    """The same without CONCURRENTLY, which no transaction allows, and nobody else is there."""
    if isinstance(operation, AddIndexConcurrently):
        return AddIndex(operation.model_name, operation.index)
    if isinstance(operation, RemoveIndexConcurrently):
        return RemoveIndex(operation.model_name, operation.name)
    if isinstance(operation, RunSQL) and "CONCURRENTLY" in str(operation.sql).upper():
        texts = [operation.sql] if isinstance(operation.sql, str) else operation.sql
        plain: list[Any] = [
            re.sub(r"\bCONCURRENTLY\b", "", str(text), flags=re.IGNORECASE) for text in texts
        ]
        return RunSQL(plain, RunSQL.noop, operation.state_operations)
    return operation
