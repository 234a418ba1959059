"""The table: printed, and written to docs/reference/performance.md with machine and versions."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

import fleetward
from tests.bench.installation import ROOT, Installation

PAGE = ROOT / "docs" / "reference" / "performance.md"
HEADS = ("Job", "Fleetward", "Bare limit", "Figure", "Target", "")


@dataclass(frozen=True)
class Figure:
    """One line: what was measured, the limit beside it, and the figure that has a target.

    `note` says how it came about; `is_least`: the target is the least that is wanted.
    """

    job: str
    ours: str
    limit: str
    value: float
    target: float
    unit: str = "x"
    note: str = ""
    is_least: bool = False

    @property
    def is_met(self) -> bool:
        # What is shown is what counts: nobody can see a difference below the last digit.
        shown = round(self.value, self._digits)
        return shown >= self.target if self.is_least else shown <= self.target

    @property
    def _digits(self) -> int:
        return 2 if self.unit == "x" else 1 if self.unit in ("ms", "%") else 0

    @property
    def cells(self) -> tuple[str, ...]:
        unit = "" if self.unit == "x" else f" {self.unit}"
        sign = "≥" if self.is_least else "≤"
        figure = f"{self.value:,.{self._digits}f}{unit}"
        wanted = f"{sign} {self.target:g}{unit}"
        return (
            self.job,
            self.ours,
            self.limit,
            figure,
            wanted,
            "met" if self.is_met else "**missed**",
        )


def ratio(job: str, ours: float, limit: float, target: float, note: str = "") -> Figure:
    """Seconds of a job beside those of its bare limit."""
    shown = f"{ours:,.1f} s", f"{limit:,.1f} s"
    return Figure(job, *shown, ours / limit, target, note=note)


def memory(job: str, megabytes: float, target: float) -> Figure:
    """Peak resident memory of the process that does a job."""
    return Figure(job, "", "–", megabytes, target, unit="MB")


def show(figures: Sequence[Figure], rows: int) -> None:
    table = Table(title=f"Fleetward, {rows:,} devices", title_justify="left")
    for head in HEADS:
        table.add_column(head, justify="left" if head in ("Job", "") else "right")
    for one in figures:
        style = None if one.is_met else "bold red"
        table.add_row(*(cell.replace("*", "") for cell in one.cells), style=style)
    Console(width=150).print(table)
    for one in figures:
        if one.note:
            Console(width=150).print(f"[bold]{one.job}[/]: {one.note}")


def write(
    where: Installation, figures: Sequence[Figure], rows: int, minutes: float, page: Path = PAGE
) -> None:
    page.write_text("\n".join(_lines(where, figures, rows, minutes)), encoding="utf-8")


def _lines(where: Installation, figures: Sequence[Figure], rows: int, minutes: float) -> list[str]:
    met = sum(one.is_met for one in figures)
    return [
        "# Performance",
        "",
        f"Written by `make bench{'' if rows == 1_000_000 else f' ROWS={rows}'}` on "
        f"{datetime.now(UTC):%Y-%m-%d}, in {minutes:.0f} minutes: {met} of {len(figures)} targets "
        "met. Every bare limit was measured in the same run on the same database; how, and why a "
        "target is missed, is told in [Speed](../explanation/speed.md).",
        "",
        f"| {' | '.join(HEADS)} |",
        "|---|--:|--:|--:|--:|---|",
        *(f"| {' | '.join(one.cells)} |" for one in figures),
        "",
        "## Notes",
        "",
        *(f"- **{one.job}**: {one.note}" for one in figures if one.note),
        "",
        "## Machine and versions",
        "",
        "| | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in _machine(where)),
        "",
    ]


def _machine(where: Installation) -> list[tuple[str, str]]:
    version = where.admin.execute("SHOW server_version").fetchone()
    settings = ("shared_buffers", "work_mem", "fsync", "synchronous_commit")
    shown = {name: where.admin.execute(f"SHOW {name}").fetchone() for name in settings}
    return [
        ("Processor", f"{_processor()}, {os.cpu_count()} cores"),
        ("Memory", f"{psutil.virtual_memory().total / 2**30:.0f} GiB"),
        ("System", f"{platform.system()} {platform.release()}"),
        ("Load", f"{where.load_before:.1f} before; {_load_now():.1f} at the end, ours included"),
        ("Fleetward", fleetward.__version__),
        ("Python", platform.python_version()),
        ("PostgreSQL", str(version[0]) if version else ""),
        ("Its settings", ", ".join(f"{name} {value[0]}" for name, value in shown.items() if value)),
    ]


def _load_now() -> float:
    return os.getloadavg()[2]


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor() or platform.machine()
    lines = info.read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
