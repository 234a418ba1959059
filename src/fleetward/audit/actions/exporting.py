"""Files of the logs: what a filter leaves, for people, and a part of the chain, for verifying.

`out` is a file of the server: a slow client reads it at leisure, when the transaction is over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from fleetward.audit.actions.trail import record, use_case
from fleetward.audit.contracts import AuditRow, EntryFilter, Stretch, TooManyEntries, Verb
from fleetward.audit.queries.chains import export_lines, part_of
from fleetward.audit.queries.entries import count_up_to, each_entry
from fleetward.infra.files.csv_writer import csv_lines
from fleetward.infra.files.xlsx_writer import write_xlsx
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.rights import Capability, require

# Somebody waits for the file, and a worker of the web server is busy meanwhile.
MOST_EXPORTED = 100_000
# What a cell of a workbook holds.
LONGEST_CELL = 32_767


@dataclass(frozen=True, slots=True)
class LogSheet:
    """How entries are written: their columns, and the cells of one in a reader's words."""

    headers: Sequence[str]
    cells: Callable[[AuditRow], Sequence[str]]
    is_workbook: bool = False
    is_ascending: bool = False


@use_case
def export_entries(
    *,
    actor: Actor,
    tenant: int,
    only: EntryFilter,
    sheet: LogSheet,
    out: IO[bytes],
    now: datetime,
) -> int:
    """Write exactly the entries that a filter leaves, as CSV or as a workbook; returns how many.

    Raises: NotFound, Forbidden, TooManyEntries.   Audit: log.exported
    """
    require(actor, Capability.SEE_AUDIT, tenant=tenant)
    count = count_up_to(MOST_EXPORTED, tenant, only)
    if count.is_capped:
        raise TooManyEntries(MOST_EXPORTED)
    rows = each_entry(tenant, only, is_ascending=sheet.is_ascending)
    if sheet.is_workbook:
        write_xlsx(out, sheet.headers, (_short(sheet.cells(row)) for row in rows))
    else:
        out.writelines(csv_lines(sheet.headers, map(sheet.cells, rows)))
    told: dict[str, object] = {
        "format": "xlsx" if sheet.is_workbook else "csv",
        "filter": _told(only),
    }
    _record(actor, tenant, count.number, told, now)
    return count.number


@use_case
def export_chain(
    *,
    actor: Actor,
    tenant: int | None,
    chain: str,
    stretch: Stretch,
    out: IO[bytes],
    now: datetime,
    most: int | None = MOST_EXPORTED,
) -> int:
    """Write a part of a chain with its seals, which `audit verify` verifies without a database.

    `chain` is what the file calls it. Without a tenant it is that of the installation.

    Raises: NotFound, Forbidden, TooManyEntries.   Audit: log.exported
    """
    _require(actor, tenant)
    part = part_of(tenant, stretch, most=most)
    out.writelines(_encoded(export_lines(tenant, part, chain=chain, now=now)))
    only = EntryFilter(since=stretch.since, until=stretch.until)
    _record(actor, tenant, part.entries, {"format": "jsonl", "filter": _told(only)}, now)
    return part.entries


def _require(actor: Actor, tenant: int | None) -> None:
    if tenant is not None:
        require(actor, Capability.SEE_AUDIT, tenant=tenant)
    elif not actor.is_operator:
        raise NotFound


def _encoded(lines: Iterator[str]) -> Iterator[bytes]:
    return (line.encode() for line in lines)


def _short(cells: Sequence[str]) -> list[str]:
    """A longer cell would be left out of a workbook altogether."""
    return [cell if len(cell) <= LONGEST_CELL else f"{cell[: LONGEST_CELL - 1]}…" for cell in cells]


def _told(only: EntryFilter) -> dict[str, object]:
    """The filter as the trail keeps it; who was looked for is personal, and only counted."""
    told: dict[str, object] = {
        "since": only.since.isoformat() if only.since else "",
        "until": only.until.isoformat() if only.until else "",
        "types": [str(one) for one in only.types],
        "verbs": [str(one) for one in only.verbs],
        "levels": [str(one) for one in only.levels],
        "users": len(only.actors),
        "by_identifier": bool(only.identifier),
    }
    return {name: value for name, value in told.items() if value}


def _record(
    actor: Actor, tenant: int | None, entries: int, told: dict[str, object], now: datetime
) -> None:
    details = {"entries": entries, **told}
    record(actor=actor, verb=Verb.LOGS_EXPORTED, tenant=tenant, details=details, now=now)
