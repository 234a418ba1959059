"""The file of a feed: read into lines, then judged row by row, from wherever a worker begins."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import dropwhile
from pathlib import Path

from fleetward.devices.feeds.contracts import FeedColumnsMissing
from fleetward.devices.feeds.rules import Told, columns_of, missing_columns, read_row
from fleetward.devices.imports.store import folder_of
from fleetward.devices.models import Feed
from fleetward.devices.queries.junk import junk_serials
from fleetward.devices.rules import JunkList
from fleetward.infra.files.limits import DEFAULT_LIMITS
from fleetward.infra.files.rows import LINES, iterate_rows, read_rows


def read_file(found: Feed) -> tuple[dict[str, str], int]:
    """The header of each column that is read, and how many rows there are; the rows lie on disk.

    Raises: FileRefused, FeedColumnsMissing.
    """
    upload = folder_of(found.uid).upload
    reading = read_rows(upload, _lines(found), limits=DEFAULT_LIMITS)
    columns = columns_of(reading.headers)
    if missing := missing_columns(columns):
        raise FeedColumnsMissing(", ".join(missing))
    return columns, reading.rows


def rows_left(found: Feed) -> Iterator[Told]:
    """The rows that have no outcome yet."""
    junk, columns = JunkList.of(junk_serials()), found.columns
    left = dropwhile(lambda row: row[0] <= found.done_to, iterate_rows(_lines(found)))
    for row_no, cells in left:
        yield read_row(row_no, {field: cells[head] for field, head in columns.items()}, junk)


def _lines(found: Feed) -> Path:
    return folder_of(found.uid).path / f"rows{LINES}"
