"""Runs the measurements one after another, shows the table and writes the page."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from tests.bench import asking, calling, daily, looking, moving, spanning, storing
from tests.bench.fleet import Tenant, add_devices, add_many, make_tenant
from tests.bench.installation import Installation, installed
from tests.bench.report import PAGE, Figure, show, write

FULL = 1_000_000
MINUTES, QUICK_MINUTES = 5, 1
JOBS = (
    "imports",
    "answers",
    "grid",
    "dashboard",
    "group",
    "customers",
    "transfer",
    "transfer-preview",
    "transfer-race",
    "export",
    "api",
    "reminders",
    "edit",
    "bulk",
    "quota",
)
IMPORTS = {"imports", "answers"}
NEEDS_LIST = {"grid", "export", "api", "reminders", "edit"}
NEEDS_FLEET = {"grid", "dashboard", "group"}
TRANSFERS = {"transfer", "transfer-preview", "transfer-race"}
ASKING = {"customers", "bulk", "quota"} | TRANSFERS


def main() -> None:
    options = _options()
    console, began = Console(), time.monotonic()
    wanted = set(options.only or JOBS)
    figures: list[Figure] = []
    with installed() as where:
        for figure in _measure(where, options.rows, wanted):
            minutes = (time.monotonic() - began) / 60
            console.print(f"{minutes:5.1f} min  {'  '.join(c for c in figure.cells if c)}")
            figures.append(figure)
            if options.page:
                # After each one, so that an interrupted run leaves what it has found.
                write(where, figures, options.rows, minutes, options.page)
        show(figures, options.rows)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--rows", type=int, default=FULL, help="devices of the imported list")
    parser.add_argument("--only", nargs="*", choices=JOBS, help="some of the measurements")
    parser.add_argument("--page", type=Path, help=f"where to write; {PAGE.name} for a full run")
    options = parser.parse_args()
    # A part of it, or a quick one, does not replace the figures of a full run.
    if options.page is None and options.rows == FULL and not options.only:
        options.page = PAGE
    return options


def _measure(where: Installation, rows: int, wanted: set[str]) -> Iterator[Figure]:
    """In this order: the list comes into empty tables, and what follows finds it there."""
    if wanted - ASKING:
        big = make_tenant(where, "Big", rows)
        yield from _of_storing(where, big, wanted)
        yield from _of_looking(where, big, wanted)
        yield from _of_every_day(where, big, wanted)
    if "customers" in wanted:
        yield from spanning.customers(where, rows)
    yield from _of_moving(where, rows, wanted)
    if "bulk" in wanted:
        yield from asking.unlimited(where, rows // 10)
        yield from asking.large(where, rows)
    if "quota" in wanted:
        yield from asking.limited(where, MINUTES if rows >= FULL else QUICK_MINUTES)


def _of_moving(where: Installation, rows: int, wanted: set[str]) -> Iterator[Figure]:
    if "transfer" in wanted:
        yield from moving.transfer(where, rows)
    if "transfer-preview" in wanted:
        yield from moving.preview(where, rows)
    if "transfer-race" in wanted:
        # A quick run is not about how often two meet.
        yield from moving.race(where, moving.ROUNDS if rows >= FULL else moving.QUICK_ROUNDS)


def _of_storing(where: Installation, big: Tenant, wanted: set[str]) -> Iterator[Figure]:
    if wanted & IMPORTS:
        yield from storing.imports(where, big)
    elif wanted & NEEDS_LIST:
        add_devices(where.admin, [big.id], big.devices)
    if "answers" in wanted:
        yield from storing.answers(where, big)


def _of_looking(where: Installation, big: Tenant, wanted: set[str]) -> Iterator[Figure]:
    if wanted & NEEDS_FLEET:
        largest, small = add_many(where, big.devices)
        where.settle()
        if "grid" in wanted:
            yield from looking.grid(where, big, small)
        if "dashboard" in wanted:
            yield from looking.dashboard(where, largest)
        if "group" in wanted:
            yield from daily.group(where, largest)
    if "export" in wanted:
        yield from looking.export(where, big)


def _of_every_day(where: Installation, big: Tenant, wanted: set[str]) -> Iterator[Figure]:
    if "api" in wanted:
        yield from calling.api_list(where, big)
    if "reminders" in wanted:
        yield from daily.reminders(where, big)
    if "edit" in wanted:
        yield from daily.edit(where, big)


if __name__ == "__main__":
    main()
