"""The rows of an upload as a polars frame. Imported by jobs and the command line only."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl

from fleetward.infra.files.isolated import read_in_child
from fleetward.infra.files.limits import DEFAULT_LIMITS, Limits
from fleetward.infra.files.table import Table


def load_frame(result: Path) -> pl.DataFrame:
    """What `read_in_child` left at `result`: ROW_NO and one String column a header."""
    return pl.read_ipc(result)


def read_upload(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> Table:
    """Read any upload in a child process, through a temporary file. Raises: FileRefused."""
    with tempfile.TemporaryDirectory(prefix="fleetward-read-") as folder:
        result = Path(folder) / "rows.arrow"
        reading = read_in_child(path, result, limits=limits)
        return Table(reading, load_frame(result))
