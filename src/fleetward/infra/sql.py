"""Named SQL statements (`<context>/sql/*.sql`), bulk copy and typed rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg import Cursor

T = TypeVar("T")
Params = Mapping[str, Any]


@cache
def statement(context: str, name: str) -> str:
    """The text of `fleetward/<context>/sql/<name>.sql`."""
    return (files(f"fleetward.{context}") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def execute(context: str, name: str, params: Params | None = None) -> int:
    """Run a named statement; returns the number of rows that it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement(context, name), params or {})
        return int(cursor.rowcount)


def execute_large(context: str, name: str, params: Params) -> int:
    """The same, with the values beside the statement: a large one is not written into its text.

    A page of 100 kB costs 1.5 ms otherwise.
    """
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        Cursor(raw(cursor).connection) as beside,
    ):
        beside.execute(statement(context, name).encode(), params)
        return beside.rowcount


def fetch(context: str, name: str, params: Params | None = None) -> list[tuple[Any, ...]]:
    """Run a named statement; returns all rows."""
    return fetch_text(statement(context, name), params or {})


def fetch_text(text: str, params: Params | Sequence[Any], **planner: str) -> list[tuple[Any, ...]]:
    """Run a statement that was put together in code (filters, sort orders); returns all rows.

    Settings of the planner (`enable_sort="off"`) hold for it alone. They travel in one message with
    the statement: on their own each would cost as much as fetching a page.
    """
    before = "".join(f"SET LOCAL {name} = '{value}'; " for name, value in planner.items())
    after = "".join(f"; SET LOCAL {name} TO DEFAULT" for name in planner)
    with connection.cursor() as cursor:
        cursor.execute(f"{before}{text}{after}", params)
        for _ in planner:
            cursor.nextset()
        return list(cursor.fetchall())


def suit_planner(**settings: str) -> None:
    """Let the planner work with these settings until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("; ".join(f"SET LOCAL {name} = '{v}'" for name, v in settings.items()))


def execute_text(text: str, params: Params | Sequence[Any]) -> int:
    """Run a statement that was put together in code; returns the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return int(cursor.rowcount)


def copy_in(target: str, data: bytes | Iterable[bytes]) -> None:
    """`COPY target FROM STDIN` of CSV bytes. `target` names a temporary table and its columns.

    COPY is refused on tables under row-level security, so that data enter by a temporary table.
    """
    with (
        connection.cursor() as cursor,
        raw(cursor).copy(f"COPY {target} FROM STDIN (FORMAT csv)") as copy,
    ):
        for chunk in [data] if isinstance(data, bytes) else data:
            copy.write(chunk)


def copy_rows(target: str, rows: Iterable[Sequence[object]]) -> None:
    """`COPY target FROM STDIN` of Python rows."""
    with connection.cursor() as cursor, raw(cursor).copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def copy_out(query: str, params: Params, write: Callable[[bytes], object]) -> int:
    """`COPY (query) TO STDOUT` as CSV, piece by piece to `write`; returns the number of rows.

    A query is allowed under row-level security, whose policies hold within it.
    """
    with connection.cursor() as cursor:
        plain = raw(cursor)
        with plain.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)", params) as copy:
            for piece in copy:
                write(piece)
        return int(plain.rowcount)


def copy_text(target: str, lines: Iterable[str]) -> None:
    """`COPY target FROM STDIN` of lines in PostgreSQL's text format, escaped by the caller.

    Half the time of `copy_rows` where most columns are short texts.
    """
    with connection.cursor() as cursor, raw(cursor).copy(f"COPY {target} FROM STDIN") as copy:
        copy.write("".join(lines))


def raw(cursor: CursorWrapper) -> Any:
    """psycopg's cursor below Django's, which alone speaks COPY."""
    return cursor.cursor
