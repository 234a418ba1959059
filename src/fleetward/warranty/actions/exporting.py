"""Exports of the device list and of its gaps and doubles, of one moment and in one transaction.

`out` is a file of the server: a slow client reads it at leisure, when the transaction is over.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Protocol

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.infra.files.csv_writer import csv_lines, neutralise
from fleetward.kernel.actor import Actor
from fleetward.warranty.contracts import FlawFilter, FlawRow
from fleetward.warranty.queries.export import Sheet, write_devices
from fleetward.warranty.queries.flaws import each_flaw
from fleetward.warranty.queries.grid import question_of
from fleetward.warranty.queries.grid_filter import DeviceFilter


class Listing(Protocol):
    """A list of devices, or of something about them, that can be written as a file."""

    def write(self, actor: Actor, tenant: int, out: IO[bytes]) -> int:
        """Write it as CSV; how many rows there are."""

    def told(self, rows: int) -> dict[str, object]:
        """What the trail keeps of it."""


@dataclass(frozen=True, slots=True)
class DeviceListing:
    """The devices that a filter leaves."""

    only: DeviceFilter
    sheet: Sheet
    today: date
    expiring_days: int

    def write(self, actor: Actor, tenant: int, out: IO[bytes]) -> int:
        out.write(codecs.BOM_UTF8 + _head([label for _, label in self.sheet.columns]))
        question = question_of(actor, tenant, self.only, self.today, self.expiring_days)
        return write_devices(question, self.sheet, out.write)

    def told(self, rows: int) -> dict[str, object]:
        columns = [key for key, _ in self.sheet.columns]
        return {"devices": rows, "columns": columns, "filter": _told(self.only)}


@dataclass(frozen=True, slots=True)
class FlawListing:
    """The gaps or doubles that a filter leaves: heads, and the cells of one in a reader's words."""

    only: FlawFilter
    headers: Sequence[str]
    cells: Callable[[FlawRow], Sequence[str]]
    today: date

    def write(self, actor: Actor, tenant: int, out: IO[bytes]) -> int:
        rows = 0

        def lines() -> Iterator[Sequence[str]]:
            nonlocal rows
            for row in each_flaw(actor=actor, tenant=tenant, only=self.only, today=self.today):
                rows += 1
                yield self.cells(row)

        out.writelines(csv_lines(self.headers, lines()))
        return rows

    def told(self, rows: int) -> dict[str, object]:
        only = {"kind": self.only.kind, "first": self.only.first, "latest": self.only.latest}
        told: dict[str, object] = {name: str(value) for name, value in only.items() if value}
        if self.only.groups:
            told["groups"] = [str(uid) for uid in self.only.groups]
        return {"flaws": rows, "filter": told}


@use_case
def export_devices(
    *, actor: Actor, tenant: int, listing: Listing, out: IO[bytes], now: datetime
) -> int:
    """Write exactly the rows of a list to `out`, as CSV; returns how many.

    Raises: NotFound, Forbidden.   Audit: device.exported
    """
    require(actor, Capability.EXPORT_DEVICES, tenant=tenant)
    rows = listing.write(actor, tenant, out)
    record(
        actor=actor,
        verb=Verb.DEVICES_EXPORTED,
        tenant=tenant,
        details=listing.told(rows),
        now=now,
    )
    return rows


def _head(labels: Sequence[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([neutralise(label) for label in labels])
    return line.getvalue().encode()


def _told(only: DeviceFilter) -> dict[str, object]:
    """The filter as the trail keeps it; the words searched for may be personal, and stay out."""
    unsaid = {"text", "conditions", "dynamic", "except_dynamic"}
    plain = set(DeviceFilter.__slots__) - unsaid
    told: dict[str, object] = {name: getattr(only, name) for name in sorted(plain)}
    default = DeviceFilter()
    compared = {"conditions": [one.word for one in only.conditions]} if only.conditions else {}
    return compared | {
        name: [str(v) for v in value] if isinstance(value, tuple) else str(value)
        for name, value in told.items()
        if value != getattr(default, name)
    }
