"""The rows of an upload one by one, for jobs that judge them in Python. Imports no data library."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from fleetward.infra.files.isolated import read_in_child
from fleetward.infra.files.limits import Limits
from fleetward.infra.files.reading import LINES, ROW_NO, Reading

__all__ = ["LINES", "iterate_rows", "read_rows"]


def read_rows(path: Path, result: Path, *, limits: Limits) -> Reading:
    """Read `path` in a child process; the rows are then in `result`. Raises: FileRefused."""
    assert result.suffix == LINES
    return read_in_child(path, result, limits=limits)


def iterate_rows(result: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row with its number in the file, in the order of the file."""
    decode = msgspec.json.Decoder(dict[str, str | int]).decode
    with result.open("rb") as lines:
        for line in lines:
            row = decode(line)
            row_no = int(row.pop(ROW_NO))
            yield row_no, {header: str(cell) for header, cell in row.items()}
