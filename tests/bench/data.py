"""The device list that is imported: the same bytes for the same number of rows."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from fleetward.cli.demo_devices import HEADERS, demo_rows
from fleetward.infra.files.limits import DEFAULT_LIMITS

SEED = 20_261_122
CHANGED_EVERY = 100


def write_lists(folder: Path, rows: int) -> tuple[list[Path], list[Path]]:
    """The list, and the same list in which 1 % of the rows name another user.

    In as many files as it takes: one may have a million rows.
    """
    known, firsts, seconds = _noted(demo_rows(rows, SEED)), [], []
    for part in range(-(-rows // DEFAULT_LIMITS.rows)):
        first, second = folder / f"devices-{part}.csv", folder / f"devices-{part}-changed.csv"
        with (
            first.open("w", newline="", encoding="utf-8") as one,
            second.open("w", newline="", encoding="utf-8") as other,
        ):
            _write(csv.writer(one), csv.writer(other), islice(known, DEFAULT_LIMITS.rows))
        firsts.append(first)
        seconds.append(second)
    return firsts, seconds


def _write(one: object, other: object, rows: Iterable[tuple[str, ...]]) -> None:
    for target in (one, other):
        target.writerow((*HEADERS, "Notes"))  # type: ignore[attr-defined]
    for number, row in enumerate(rows):
        one.writerow(row)  # type: ignore[attr-defined]
        changed = number % CHANGED_EVERY == 0
        other.writerow(_changed(row) if changed else row)  # type: ignore[attr-defined]


def _noted(rows: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """With a column that is not imported, as real exports have."""
    return ((*row, "leased; see the contract") for row in rows)


def _changed(row: tuple[str, ...]) -> tuple[str, ...]:
    user = HEADERS.index("Assigned User")
    return (*row[:user], f"{row[user]} (2)".strip(), *row[user + 1 :])
