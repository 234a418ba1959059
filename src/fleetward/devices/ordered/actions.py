"""What a partner expects: lists of serials that it has ordered, which no feed may have brought."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import msgspec

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.devices.contracts import Refusal
from fleetward.devices.feeds.rules import NEEDED, Told, columns_of, read_row
from fleetward.devices.ordered.contracts import (
    MOST_EXPECTED,
    Expected,
    ExpectedColumnsMissing,
)
from fleetward.devices.ordered.queries import CONTEXT, own_reconciliation
from fleetward.devices.queries.junk import junk_serials
from fleetward.devices.rules import JunkList
from fleetward.infra import sql
from fleetward.infra.files.isolated import read_in_child
from fleetward.infra.files.limits import MEBIBYTE, Limits
from fleetward.kernel.actor import Actor

LIMITS = Limits(
    packed_bytes=MEBIBYTE,
    plain_bytes=4 * MEBIBYTE,
    rows=MOST_EXPECTED,
    cpu_seconds=20,
    wall_seconds=30,
    sample_rows=MOST_EXPECTED,
)
# Whether a location is its own is the feed's to say.
_COLUMNS = ("serial", "manufacturer")


def add_expected(*, actor: Actor, partner: int, chunks: Iterable[bytes], now: datetime) -> Expected:
    """Remember what a partner says that it ordered, so that what no feed brings shows as missing.

    Raises: NotFound, Forbidden, FileRefused, ExpectedColumnsMissing.   Audit: ordered.added
    Repeat: adds nothing more.
    """
    own_reconciliation(actor=actor, partner=partner)
    rows = _read(chunks)
    seen: set[tuple[str, str, str]] = set()
    good, refused = [], {}
    for row in rows:
        key = (row.serial, row.manufacturer, row.product_number)
        if row.refusal or key in seen:
            refused[row.row_no] = row.refusal or str(Refusal.DUPLICATE_ROW)
        else:
            seen.add(key)
            good.append(row)
    added = _add(actor=actor, partner=partner, rows=good, now=now) if good else 0
    return Expected(added, len(good) - added, refused)


def _read(chunks: Iterable[bytes]) -> list[Told]:
    """Raises: FileRefused, ExpectedColumnsMissing."""
    with tempfile.TemporaryDirectory(prefix="fleetward-expected-") as folder:
        file = Path(folder) / "upload"
        file.write_bytes(b"".join(chunks))
        reading = read_in_child(file, Path(folder) / "rows.arrow", limits=LIMITS)
    columns = columns_of(reading.headers)
    if missing := [NEEDED[field] for field in _COLUMNS if field not in columns]:
        raise ExpectedColumnsMissing(", ".join(missing))
    at = {field: reading.headers.index(header) for field, header in columns.items()}
    junk = JunkList.of(junk_serials())
    return [
        read_row(number, {field: cells[column] for field, column in at.items()}, junk)
        for number, cells in zip(reading.sample_numbers, reading.sample, strict=True)
    ]


@use_case
def _add(*, actor: Actor, partner: int, rows: list[Told], now: datetime) -> int:
    told = [{name: getattr(row, name) for name in _STORED} for row in rows]
    params = {
        "tenant": partner,
        "rows": msgspec.json.encode(told).decode(),
        "told_by": actor.name,
        "now": now,
    }
    added = int(sql.fetch(CONTEXT, "add_expected", params)[0][0])
    record(
        actor=actor,
        verb=Verb.ORDERED_ADDED,
        tenant=partner,
        details={"rows": len(rows), "new": added},
        now=now,
    )
    return added


_STORED = (
    "serial",
    "manufacturer",
    "other_maker",
    "product_number",
    "model",
    "order_number",
    "ordered_on",
)
