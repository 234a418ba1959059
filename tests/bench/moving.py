"""Measurements of transfers: from upload to summary, the preview, and two at once (X12)."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from tests.bench.fleet import add_devices
from tests.bench.installation import Installation
from tests.bench.processes import work
from tests.bench.report import Figure, memory, ratio

BAD_EVERY = 20
BATCH = 5_000
PREVIEWED = 100_000
RACERS, RACED = 2, 1_000
ROUNDS, QUICK_ROUNDS = 50, 5
MOST_MB = 300
HEADERS = ("Serial Number", "Customer ID")
FILE = "transfer-{}.csv"
STAGE = """
    DROP TABLE IF EXISTS bench_stage;
    CREATE TABLE bench_stage (row_no serial PRIMARY KEY, serial text COLLATE "C", customer text)
"""
UPDATE = """
    UPDATE devices_device d SET tenant_id = %(to)s, updated_at = now()
    FROM bench_stage s
    WHERE s.row_no BETWEEN %(first)s AND %(last)s AND d.tenant_id = %(of)s AND d.serial = s.serial
"""
JOIN = """
    SELECT count(d.id) FROM bench_stage s
    LEFT JOIN devices_device d ON d.tenant_id = %(of)s AND d.serial = s.serial AND d.is_active
"""


def transfer(where: Installation, rows: int) -> Iterator[Figure]:
    """A file with 5 % bad rows; COPY of it, and its devices by UPDATE in batches of 5,000."""
    source, target, _ = _customers(where, rows)
    file = _write(where, source, target, rows)
    where.settle()
    done = work(where, "transfers:transfer", source=source, path=str(file))
    where.settle()
    limit = _seconds_to_stage(where.admin, file)
    # The same devices, on their way back.
    limit += _seconds_to_update(where.admin, rows, of=target, to=source)
    file.unlink()
    told = ", ".join(
        f"{name} {done.answer[name]:.1f} s" for name in ("reading", "preview", "moving", "summary")
    )
    counts = done.answer["counts"]
    yield ratio(
        f"transfer {rows:,} devices by a file, 5 % bad rows",
        done.answer["seconds"],
        limit,
        3,
        f"{told}; {counts}. History, departures and coverage follow the devices.",
    )
    yield memory("memory of a transfer, with its child process", done.memory, MOST_MB)


def preview(where: Installation, rows: int) -> Iterator[Figure]:
    """What a file would do, beside the join that finds its devices."""
    count = min(rows, PREVIEWED)
    source, target, _ = _customers(where, rows)
    file = _write(where, source, target, count)
    where.settle()
    done = work(where, "transfers:preview", source=source, path=str(file))
    _seconds_to_stage(where.admin, file)
    where.settle()
    began = time.perf_counter()
    where.admin.execute(JOIN, {"of": source}).fetchone()
    limit = time.perf_counter() - began
    file.unlink()
    yield ratio(
        f"preview of a transfer of {count:,} rows",
        done.answer["seconds"],
        limit,
        4,
        "each row with its outcome stored, and what follows counted",
    )


def race(where: Installation, rounds: int = ROUNDS) -> Iterator[Figure]:
    """Two workers move the same devices to two customers at once; how many rounds went wrong."""
    source, *targets = _customers(where, RACED)
    files = [
        str(_write(where, source, target, RACED, str(number), bad=False))
        for number, target in enumerate(targets)
    ]
    wrong, began = 0, time.perf_counter()
    for _ in range(rounds):
        counts = work(where, "transfers:race", source=source, paths=files).answer["counts"]
        moved = sum(one.get("MOVED", 0) for one in counts)
        missed = sum(one.get("NOT_FOUND", 0) for one in counts)
        wrong += (moved, missed) != (RACED, RACED)
        _move_back(where.admin, targets, source)
    seconds = time.perf_counter() - began
    yield Figure(
        f"two transfers of the same {RACED:,} devices at once, {rounds} rounds",
        f"{seconds / rounds:.1f} s each",
        "–",
        wrong,
        0,
        unit="wrong",
        note="A round is right when each device moved once and the other row says that it is not "
        "there; a deadlock would end the run.",
    )


def _customers(where: Installation, devices: int) -> tuple[int, ...]:
    """Customers of a new partner, the first of which has the devices."""
    made = work(where, "spanning:make_partner", customers=1 + RACERS).answer["made"]
    found = tuple(made[2])
    add_devices(where.admin, found[:1], devices)
    return found


def _write(
    where: Installation, source: int, target: int, rows: int, name: str = "", *, bad: bool = True
) -> Path:
    """A file that moves so many devices; one row of twenty names none."""
    ((customer,),) = where.admin.execute(
        "SELECT customer_id FROM tenancy_tenant WHERE id = %s", [target]
    )
    found = where.admin.execute(
        "SELECT serial FROM devices_device WHERE tenant_id = %s ORDER BY md5(serial) LIMIT %s",
        [source, rows],
    )
    path = where.folder / FILE.format(name)
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(HEADERS)
        for number, (serial,) in enumerate(found):
            is_bad = bad and number % BAD_EVERY == 0
            out.writerow((f"NONE{number:07d}" if is_bad else serial, customer))
    return path


def _seconds_to_stage(admin: psycopg.Connection[Any], file: Path) -> float:
    admin.execute(STAGE)
    admin.execute("CHECKPOINT")
    began = time.perf_counter()
    statement = "COPY bench_stage (serial, customer) FROM STDIN (FORMAT csv, HEADER)"
    with admin.cursor().copy(statement) as copy:
        copy.write(file.read_bytes())
    seconds = time.perf_counter() - began
    admin.execute("ANALYZE bench_stage")
    return seconds


def _seconds_to_update(admin: psycopg.Connection[Any], rows: int, *, of: int, to: int) -> float:
    """Neither triggers nor foreign keys: nothing follows the devices."""
    admin.execute("SET session_replication_role = replica")
    began = time.perf_counter()
    for first in range(1, rows + 1, BATCH):
        span = {"first": first, "last": first + BATCH - 1, "of": of, "to": to}
        admin.execute(UPDATE, span)
    seconds = time.perf_counter() - began
    admin.execute("SET session_replication_role = origin")
    return seconds


def _move_back(admin: psycopg.Connection[Any], targets: list[int], source: int) -> None:
    admin.execute("SET session_replication_role = replica")
    for table in ("devices_device", "warranty_coverage"):
        statement = f"UPDATE {table} SET tenant_id = %s WHERE tenant_id = ANY (%s)"
        admin.execute(statement, [source, targets])  # type: ignore[arg-type]
    admin.execute("SET session_replication_role = origin")
