"""Downloads that are whole, or visibly broken: written to a file first, sent with their length.

The web server ends an answer without a length as if it were complete, even when making it failed
(docs/adr/0008-downloads-have-a-length.md).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import IO

from django.http import FileResponse

from fleetward.infra.files.xlsx_writer import write_xlsx

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"
BYTES = "application/octet-stream"
CONTENT_TYPES = {"csv": CSV, "xlsx": XLSX}


def download(
    write: Callable[[IO[bytes]], object], *, name: str, content_type: str = CSV
) -> FileResponse:
    """A file for the reader to keep. What `write` raises is the answer instead of half a file."""
    # FileResponse closes it, which deletes it.
    out = tempfile.TemporaryFile(prefix="fleetward-download-")  # noqa: SIM115
    try:
        write(out)
    except BaseException:
        out.close()
        raise
    out.seek(0)
    return FileResponse(out, as_attachment=True, filename=name, content_type=content_type)


def download_pieces(pieces: Iterable[bytes], *, name: str) -> FileResponse:
    """The same for what comes in pieces; the whole is never in memory."""
    return download(lambda out: out.writelines(pieces), name=name)


def download_sheet(
    headers: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    name: str,
    content_type: str = XLSX,
) -> FileResponse:
    """Rows as XLSX: as many as a sheet has below its headers, 1,048,575."""
    return download(
        lambda out: write_xlsx(out, headers, rows), name=f"{name}.xlsx", content_type=content_type
    )


def download_kept(path: Path, *, name: str, content_type: str) -> FileResponse:
    """A file that a job has made."""
    return FileResponse(
        path.open("rb"), as_attachment=True, filename=name, content_type=content_type
    )
