"""Turns a frame that was read into files that only need to be copied into the database.

Runs as a child process, `python -m fleetward.devices.imports.staging FOLDER`, so that the memory of
a million rows goes back to the system with it. Nothing else imports it: polars stays outside.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from fleetward.devices.imports.contracts import Hint
from fleetward.devices.imports.prepare import prepare_rows
from fleetward.devices.imports.resolve import resolve
from fleetward.devices.imports.staged import Batch, Staged, StageRequest
from fleetward.devices.imports.store import Folder
from fleetward.devices.rules import use_names
from fleetward.infra.files.frames import load_frame

COLUMNS = (
    "row_no",
    "manufacturer",
    "serial",
    "product_number",
    "name",
    "model",
    "assigned_user",
    "asset_tag",
    "location",
    "country",
    "purchased_on",
    "is_virtual",
    "other_maker",
    "may_fill",
    "refusal",
    "field",
)
MOST_HINTS = 20


def stage(folder: Folder, request: StageRequest) -> Staged:
    """Write the batches and the cells for the downloads; returns what the parent must know."""
    frame = load_frame(folder.frame)
    frame.drop(request.dropped).write_csv(folder.rows, quote_style="always")
    folder.rows.chmod(0o600)
    prepared = prepare_rows(
        frame,
        mapping=request.mapping,
        junk=frozenset(request.junk),
        default_manufacturer=request.default_manufacturer,
        needs_manufacturer=request.needs_manufacturer,
    )
    del frame
    hints, hint_counts = _hints(prepared)
    # Handed over, not lent: each step of `resolve` lets go of the rows that it was given.
    handed = [prepared.drop("hints")]
    del prepared
    rows = resolve(handed.pop())
    batches = [
        _write_batch(folder.batch(number), rows.slice(start, request.batch_rows))
        for number, start in enumerate(range(0, rows.height, request.batch_rows))
    ]
    return Staged(batches=batches, hints=hints, hint_counts=hint_counts)


def _write_batch(path: Path, rows: pl.DataFrame) -> Batch:
    # Quoted empty text and unquoted nothing are what COPY tells apart as '' and NULL.
    rows.select(COLUMNS).write_csv(path, include_header=False, quote_style="non_numeric")
    path.chmod(0o600)
    serials = rows.filter(pl.col("refusal") == "")["serial"]
    first, last = (serials[0], serials[-1]) if len(serials) else ("", "")
    return Batch(rows=rows.height, first=first, last=last)


def _hints(prepared: pl.DataFrame) -> tuple[list[Hint], dict[str, int]]:
    hinted = (
        prepared.filter(pl.col("refusal").is_null() & (pl.col("hints").list.len() > 0))
        .select("row_no", "serial", "hints")
        .explode("hints")
    )
    counts = dict(hinted.group_by("hints").len().rows())
    some = hinted.sort("row_no").head(MOST_HINTS)
    return [Hint(row_no, serial, code) for row_no, serial, code in some.rows()], counts


def main(arguments: list[str], given: str) -> str:
    request: Any = msgspec.convert(json.loads(given), StageRequest)
    use_names(request.names)
    return msgspec.json.encode(stage(Folder(Path(arguments[0])), request)).decode()


if __name__ == "__main__":
    sys.stdout.write(main(sys.argv[1:], sys.stdin.read()))
