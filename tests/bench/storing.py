"""Measurements of bulk storing: imports and recorded answers beside COPY."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.bench.bare import columns_of, copy_to_file, seconds_to_copy
from tests.bench.data import write_lists
from tests.bench.fleet import Tenant
from tests.bench.installation import Installation
from tests.bench.processes import Done, work
from tests.bench.report import Figure, memory, ratio

MOST_IMPORT_MB = 1_024
MOST_RUN_MB = 400


def imports(where: Installation, big: Tenant) -> Iterator[Figure]:
    """A list into empty tables; the same rows by COPY; the list again with 1 % changed."""
    first, second = write_lists(where.folder, big.devices)
    where.settle()
    once = work(where, "imports:import_list", file=str(first), tenant=big.id)
    in_order = _rows_of(where, once, "r.row_no")
    limit = seconds_to_copy(where.admin, [("devices_device", in_order)])
    sorted_ = _rows_of(where, once, "d.id")
    limit_sorted = seconds_to_copy(where.admin, [("devices_device", sorted_)])
    where.settle()
    again = work(where, "imports:import_list", file=str(second), tenant=big.id)
    for file in (first, second, in_order, sorted_):
        file.unlink()
    name = f"import a CSV of {big.devices:,} rows"
    yield ratio(
        name,
        once.answer["seconds"],
        limit,
        1.5,
        f"{_steps(once)}. COPY of the same rows sorted by serial, which is how Fleetward stores "
        f"them: {limit_sorted:.1f} s.",
    )
    yield ratio(
        "import the same file again, 1 % changed",
        again.answer["seconds"],
        limit,
        0.5,
        _steps(again),
    )
    peak = max(once.memory, again.memory)
    yield memory("memory of an import, with its child process", peak, MOST_IMPORT_MB)


def answers(where: Installation, big: Tenant) -> Iterator[Figure]:
    """An answer for each device, and COPY of the entitlements and evidence that were stored."""
    where.settle()
    done = work(where, "answers:record_answers", tenant=big.id)
    files = {
        table: _stored(where, table) for table in ("warranty_entitlement", "warranty_evidence")
    }
    limits = [seconds_to_copy(where.admin, [pair]) for pair in files.items()]
    lines = _count(where, "warranty_entitlement")
    for file in files.values():
        file.unlink()
    yield ratio(
        f"record {done.answer['answers']:,} vendor answers",
        done.answer["seconds"],
        sum(limits),
        4,
        f"{lines:,} entitlements ({limits[0]:.1f} s of COPY) and a vendor's JSON for each answer "
        f"({limits[1]:.1f} s); coverage and dashboard numbers recomputed.",
    )
    yield memory("memory of recording answers", done.memory, MOST_RUN_MB)


def _steps(done: Done) -> str:
    found = done.answer
    return (
        f"{found['new']:,} new, {found['changed']:,} changed, {found['refused']:,} refused; "
        f"upload {found['upload']:.1f} s, reading and checking {found['analysis']:.1f} s, "
        f"storing {found['storing']:.1f} s"
    )


def _rows_of(where: Installation, done: Done, order: str) -> Path:
    """The stored devices of an import, as COPY takes them."""
    file = where.folder / f"devices-{order}.copy"
    names = columns_of(where.admin, "devices_device").split(", ")
    query = (
        f"SELECT {', '.join(f'd.{name}' for name in names)} FROM devices_importrow r"
        f" JOIN devices_device d ON d.id = r.device_id WHERE r.run_id = {done.answer['run']}"
        f" ORDER BY {order}"
    )
    copy_to_file(where.admin, query, file)
    return file


def _stored(where: Installation, table: str) -> Path:
    file = where.folder / f"{table}.copy"
    columns = columns_of(where.admin, table)
    copy_to_file(where.admin, f"SELECT {columns} FROM {table} ORDER BY id", file)
    return file


def _count(where: Installation, table: str) -> int:
    row = where.admin.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0
