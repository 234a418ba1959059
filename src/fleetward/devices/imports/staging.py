"""Turns a frame that was read into files that only need to be copied into the database.

Runs as a child process, `python -m fleetward.devices.imports.staging FOLDER`, so that the memory of
a million rows goes back to the system with it. Nothing else imports it: polars stays outside.
With `--names` in place of the folder, rows are only what they name: a serial and perhaps its maker.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from fleetward.devices.imports.contracts import Batch, ExtraValue, Hint, NamedList
from fleetward.devices.imports.prepare import prepare_names, prepare_rows
from fleetward.devices.imports.resolve import resolve
from fleetward.devices.imports.staged import NamesRequest, Staged, StageRequest
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
NAMES = ("row_no", "given", "serial", "manufacturer", "other_maker", "refusal", "extra")
MOST_HINTS = 20
# Beyond these nobody splits a list by what the column holds.
MOST_VALUES = 5_000


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


def stage_names(request: NamesRequest) -> NamedList:
    """Write the rows as what they name, in the order of serials; no serial lies in two batches.

    Of several rows of one serial and manufacturer the first counts (X6).
    """
    rows = prepare_names(
        load_frame(Path(request.frame)),
        serial=request.serial,
        manufacturer=request.manufacturer,
        extra=request.extra,
        junk=request.junk,
    )
    if request.only:
        rows = rows.filter(pl.col("extra") == request.only)
    values, distinct = _values(rows)
    is_double = pl.struct("serial", "manufacturer").is_first_distinct().not_()
    rows = rows.with_columns(
        refusal=pl.when(pl.col("refusal") != "")
        .then("refusal")
        .when(is_double)
        .then(pl.lit("DUPLICATE_ROW"))
        .otherwise(pl.lit(""))
    ).sort("serial", "row_no")
    folder = Path(request.folder)
    batches = [
        _write_names(folder / f"batch-{number:05d}.csv", rows.slice(start, length))
        for number, (start, length) in enumerate(_cuts(rows["serial"], request.batch_rows))
    ]
    return NamedList(rows.height, batches, values, distinct)


def _values(rows: pl.DataFrame) -> tuple[list[ExtraValue], int]:
    """What the extra column holds, as they come first, and how many there are."""
    found = rows.group_by("extra").agg(rows=pl.len(), first=pl.col("row_no").min()).sort("first")
    some = found.head(MOST_VALUES).rows()
    return [ExtraValue(text, count, first) for text, count, first in some], found.height


def _cuts(serials: pl.Series, most: int) -> list[tuple[int, int]]:
    """Start and length of each batch; it ends where a serial does."""
    cuts: list[tuple[int, int]] = []
    start = 0
    while start < len(serials):
        end = min(start + most, len(serials))
        while end < len(serials) and serials[end] == serials[end - 1]:
            end += 1
        cuts.append((start, end - start))
        start = end
    return cuts


def _write_names(path: Path, rows: pl.DataFrame) -> Batch:
    rows.select(NAMES).write_csv(path, include_header=False, quote_style="non_numeric")
    path.chmod(0o600)
    serials = rows.filter(pl.col("refusal") == "")["serial"]
    first, last = (serials[0], serials[-1]) if len(serials) else ("", "")
    return Batch(rows=rows.height, first=first, last=last)


def main(arguments: list[str], given: str) -> str:
    if arguments == ["--names"]:
        asked: Any = msgspec.convert(json.loads(given), NamesRequest)
        use_names(asked.names)
        return msgspec.json.encode(stage_names(asked)).decode()
    request: Any = msgspec.convert(json.loads(given), StageRequest)
    use_names(request.names)
    return msgspec.json.encode(stage(Folder(Path(arguments[0])), request)).decode()


if __name__ == "__main__":
    sys.stdout.write(main(sys.argv[1:], sys.stdin.read()))
