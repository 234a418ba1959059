"""The header row: trimmed, complete and without doubles, or the file is refused."""

from __future__ import annotations

from collections.abc import Sequence

from fleetward.infra.files.errors import (
    CellTooLong,
    DuplicateHeader,
    EmptyHeader,
    TooManyColumns,
)
from fleetward.infra.files.limits import Limits
from fleetward.infra.files.reading import ROW_NO


def clean_headers(cells: Sequence[str], *, row: int, limits: Limits) -> tuple[str, ...]:
    """The headers in their order. Raises: TooManyColumns, EmptyHeader, DuplicateHeader."""
    if len(cells) > limits.columns:
        raise TooManyColumns(len(cells), limits.columns)
    seen: dict[str, int] = {}
    headers: list[str] = []
    for column, cell in enumerate(cells, start=1):
        header = " ".join(cell.split())
        if not header:
            raise EmptyHeader(row, column)
        if len(header) > limits.cell_chars:
            raise CellTooLong(row, column, limits.cell_chars)
        if header == ROW_NO:
            header = f"{ROW_NO} (file)"
        other = seen.setdefault(header.casefold(), column)
        if other != column:
            raise DuplicateHeader(header, row, column, other)
        headers.append(header)
    return tuple(headers)
