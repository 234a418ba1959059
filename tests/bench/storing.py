"""Measurements of bulk storing: imports and recorded answers beside COPY."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.bare import columns_of, copy_to_file, seconds_to_copy
from tests.bench.data import write_lists
from tests.bench.fleet import Tenant
from tests.bench.installation import Installation
from tests.bench.processes import work
from tests.bench.report import Figure, memory, ratio

MOST_IMPORT_MB = 1_024
MOST_RUN_MB = 400
SUMMED = ("seconds", "upload", "analysis", "storing", "new", "changed", "refused")
AS_SENT, BY_SERIAL = "r.run_id, r.row_no", "d.id"


def imports(where: Installation, big: Tenant) -> Iterator[Figure]:
    """A list into empty tables; the same rows by COPY; the list again with 1 % changed."""
    firsts, seconds = write_lists(where.folder, big.devices)
    where.settle()
    once = _imported(where, big, firsts)
    in_order = _rows_of(where, once, AS_SENT)
    limit = seconds_to_copy(where.admin, [("devices_device", in_order)])
    sorted_ = _rows_of(where, once, BY_SERIAL)
    limit_sorted = seconds_to_copy(where.admin, [("devices_device", sorted_)])
    where.settle()
    again = _imported(where, big, seconds)
    for file in (*firsts, *seconds, in_order, sorted_):
        file.unlink()
    name = f"import a CSV of {big.devices:,} rows"
    yield ratio(
        name,
        once.total["seconds"],
        limit,
        1.5,
        f"{once.told()}. COPY of the same rows sorted by serial, which is how Fleetward stores "
        f"them: {limit_sorted:.1f} s.",
    )
    yield ratio(
        "import the same file again, 1 % changed",
        again.total["seconds"],
        limit,
        0.5,
        again.told(),
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


@dataclass(frozen=True)
class Imported:
    """The files of a list, imported one after another: rows and seconds together."""

    runs: list[int]
    total: dict[str, float]
    memory: float

    def told(self) -> str:
        files = f"{len(self.runs)} files; " if len(self.runs) > 1 else ""
        found = self.total
        return (
            f"{files}{found['new']:,} new, {found['changed']:,} changed, {found['refused']:,} "
            f"refused; upload {found['upload']:.1f} s, reading and checking "
            f"{found['analysis']:.1f} s, storing {found['storing']:.1f} s"
        )


def _imported(where: Installation, big: Tenant, files: list[Path]) -> Imported:
    done = [work(where, "imports:import_list", file=str(file), tenant=big.id) for file in files]
    total = {name: sum(one.answer[name] for one in done) for name in SUMMED}
    return Imported([one.answer["run"] for one in done], total, max(one.memory for one in done))


def _rows_of(where: Installation, done: Imported, order: str) -> Path:
    """The stored devices of an import, as COPY takes them. A device may be in two of its files."""
    file = where.folder / f"devices-{'sorted' if order == BY_SERIAL else 'sent'}.copy"
    names = columns_of(where.admin, "devices_device").split(", ")
    query = (
        f"SELECT {', '.join(f'd.{name}' for name in names)} FROM devices_importrow r"
        f" JOIN devices_device d ON d.id = r.device_id WHERE r.run_id = ANY (ARRAY{done.runs})"
        f" AND r.outcome = 'NEW' ORDER BY {order}"
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
