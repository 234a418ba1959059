"""Bare limits: COPY into a table like ours, and statements without anything around them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import psycopg

CHUNK = 1024 * 1024
TWIN = "bench_twin"


def columns_of(admin: psycopg.Connection[Any], table: str) -> str:
    """The columns that are stored, in their order; generated ones are not copied."""
    found = admin.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        " AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
        [table],
    )
    return ", ".join(name for (name,) in found)


def copy_to_file(admin: psycopg.Connection[Any], query: str, file: Path) -> int:
    """Write the rows of a query to a file; returns how many."""
    cursor = admin.cursor()
    with file.open("wb") as target, cursor.copy(f"COPY ({query}) TO STDOUT") as copy:  # type: ignore[arg-type]
        for piece in copy:
            target.write(piece)
    return cursor.rowcount


def seconds_to_copy(admin: psycopg.Connection[Any], files: Iterable[tuple[str, Path]]) -> float:
    """Seconds to COPY files of whole rows into empty twins of tables, one after another.

    A twin has the columns, indexes, constraints and foreign keys of its table, and no trigger.
    """
    total = 0.0
    for table, file in files:
        columns = columns_of(admin, table)
        _make_twin(admin, table)
        admin.execute("CHECKPOINT")
        began = time.perf_counter()
        _copy_in(admin, f"COPY {TWIN} ({columns}) FROM STDIN", file)
        total += time.perf_counter() - began
        admin.execute(f"DROP TABLE {TWIN}")
    return total


def _make_twin(admin: psycopg.Connection[Any], table: str) -> None:
    admin.execute(f"CREATE TABLE {TWIN} (LIKE {table} INCLUDING ALL)")
    keys = admin.execute(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = %s::regclass AND contype = 'f'",
        [table],
    ).fetchall()
    for (definition,) in keys:
        admin.execute(f"ALTER TABLE {TWIN} ADD {definition}")


def _copy_in(admin: psycopg.Connection[Any], statement: str, file: Path) -> None:
    with file.open("rb") as source, admin.cursor().copy(statement) as copy:  # type: ignore[arg-type]
        while piece := source.read(CHUNK):
            copy.write(piece)


def milliseconds_inside(
    admin: psycopg.Connection[Any], role: str, statements: Sequence[tuple[str, dict[str, Any]]]
) -> float:
    """What PostgreSQL takes on average for each of `statements`, planning included."""
    start_counting(admin)
    for text, params in statements:
        admin.execute(text, params)  # type: ignore[arg-type]
    return counted(admin, role) / len(statements)


def start_counting(admin: psycopg.Connection[Any]) -> None:
    admin.execute("SELECT pg_stat_statements_reset()")


def counted(admin: psycopg.Connection[Any], role: str) -> float:
    """Milliseconds of all statements of a role since `start_counting`."""
    row = admin.execute(
        "SELECT coalesce(sum(s.total_exec_time + s.total_plan_time), 0)"
        " FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid"
        " WHERE r.rolname = %s AND s.query NOT LIKE '%%pg_stat_statements%%'",
        [role],
    ).fetchone()
    return float(row[0]) if row else 0.0
