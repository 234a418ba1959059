"""Exports of the device list, of one moment and in one transaction.

`out` is a file of the server: a slow client reads it at leisure, when the transaction is over.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import IO

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.infra.files.csv_writer import neutralise
from fleetward.kernel.actor import Actor
from fleetward.warranty.queries.export import Sheet, write_devices
from fleetward.warranty.queries.grid import question_of
from fleetward.warranty.queries.grid_filter import DeviceFilter


@use_case
def export_devices(
    *,
    actor: Actor,
    tenant: int,
    only: DeviceFilter,
    sheet: Sheet,
    today: date,
    expiring_days: int,
    out: IO[bytes],
    now: datetime,
) -> int:
    """Write exactly the list that a filter leaves to `out`, as CSV; returns the number of rows.

    Raises: NotFound, Forbidden.   Audit: device.exported
    """
    require(actor, Capability.EXPORT_DEVICES, tenant=tenant)
    out.write(codecs.BOM_UTF8 + _head([label for _, label in sheet.columns]))
    question = question_of(actor, tenant, only, today, expiring_days)
    rows = write_devices(question, sheet, out.write)
    columns = [key for key, _ in sheet.columns]
    details = {"devices": rows, "columns": columns, "filter": _told(only)}
    record(actor=actor, verb=Verb.DEVICES_EXPORTED, tenant=tenant, details=details, now=now)
    return rows


def _head(labels: Sequence[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([neutralise(label) for label in labels])
    return line.getvalue().encode()


def _told(only: DeviceFilter) -> dict[str, object]:
    """The filter as the trail keeps it; the words searched for may be personal, and stay out."""
    plain = set(DeviceFilter.__slots__) - {"text", "conditions", "dynamic"}
    told: dict[str, object] = {name: getattr(only, name) for name in sorted(plain)}
    default = DeviceFilter()
    compared = {"conditions": [one.word for one in only.conditions]} if only.conditions else {}
    return compared | {
        name: [str(v) for v in value] if isinstance(value, tuple) else str(value)
        for name, value in told.items()
        if value != getattr(default, name)
    }
