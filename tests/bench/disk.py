"""What a device takes on the disk of the database: `python -m tests.bench.disk`.

A list is imported and each device answered for, as `make bench` does; then PostgreSQL is asked for
the size of every table with its indexes. The figures of docs/howto/size-it.md come from here.
"""

from __future__ import annotations

import argparse

from rich.console import Console
from rich.table import Table

from tests.bench.data import write_lists
from tests.bench.fleet import make_tenant
from tests.bench.installation import Installation, installed
from tests.bench.processes import work

ROWS = 50_000
SIZES = """
    SELECT relname, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        AND pg_total_relation_size(oid) > 1024 * 1024
    ORDER BY pg_total_relation_size(oid) DESC
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.disk", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="devices of the imported list")
    rows = parser.parse_args().rows
    with installed() as where:
        big = make_tenant(where, "Big", rows)
        first, second = write_lists(where.folder, rows)
        work(where, "imports:import_list", file=str(first), tenant=big.id)
        show(where, rows, "after the import")
        work(where, "imports:import_list", file=str(second), tenant=big.id)
        show(where, rows, "after the same list again, 1 % changed")
        work(where, "answers:record_answers", tenant=big.id)
        show(where, rows, "after an answer for each device")


def show(where: Installation, rows: int, when: str) -> None:
    """The tables above 1 MiB, in bytes for each device."""
    where.settle()
    table = Table("table", "rows and texts", "indexes", title=f"bytes for each device, {when}")
    total = [0, 0]
    for name, data, indexes in where.admin.execute(SIZES).fetchall():
        table.add_row(name, f"{data / rows:,.0f}", f"{indexes / rows:,.0f}")
        total = [total[0] + data, total[1] + indexes]
    table.add_row("all", *(f"{size / rows:,.0f}" for size in total))
    Console().print(table)


if __name__ == "__main__":
    main()
