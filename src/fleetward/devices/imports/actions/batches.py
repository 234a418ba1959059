"""One batch in the present transaction: its rows into temporary tables, and their devices found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from django.db import connection
from django.db.models import F

from fleetward.devices.imports.contracts import Batch, Outcome, RefusedRows
from fleetward.devices.imports.rules import MOST_NUMBERS
from fleetward.devices.models import ImportRun
from fleetward.infra import sql

CONTEXT = "devices.imports"
_CHUNK = 1024 * 1024


def stage(path: Path) -> None:
    """Copy a prepared batch into the empty stage."""
    sql.execute(CONTEXT, "prepare_stage")
    sql.copy_in("import_stage", _chunks(path))
    with connection.cursor() as cursor:
        # These columns decide on the plans of the joins; all fifteen cost four times as much.
        cursor.execute("ANALYZE import_stage (row_no, manufacturer, serial, refusal)")


def match(*, tenant: int, batch: Batch, turn: int) -> None:
    """Find the devices of the rows that have none yet, and which of them differ."""
    params: Mapping[str, object] = {
        "tenant": tenant,
        "round": turn,
        "first": batch.first,
        "last": batch.last,
    }
    sql.execute(CONTEXT, "match_rows", params)
    sql.execute(CONTEXT, "mark_differing", params)


def skip_batch(run: ImportRun, path: Path) -> None:
    """Close the rows of a batch whose turn never came."""
    stage(path)
    ended = sql.fetch(CONTEXT, "skip_rows", {"tenant": run.tenant_id, "run": run.id})
    add_counts(run, dict(ended))


def add_counts(run: ImportRun, ended: dict[str, int]) -> None:
    """Add a batch's numbers, which came with its outcome rows."""
    numbers = {str(o).lower(): ended.get(str(o), 0) for o in Outcome}
    done = sum(ended.values())
    ImportRun.objects.filter(id=run.id).update(
        done_rows=F("done_rows") + done,
        **{name: F(name) + count for name, count in numbers.items()},
    )


def refused_rows(statement: str, params: Mapping[str, object] | None = None) -> list[RefusedRows]:
    """What a statement says of refused rows, by refusal and field."""
    found = sql.fetch(CONTEXT, statement, {"most": MOST_NUMBERS, **(params or {})})
    return [RefusedRows(refusal, field, n, tuple(first)) for refusal, field, n, first in found]


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
