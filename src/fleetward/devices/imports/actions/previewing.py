"""What importing a list would do, counted without storing anything."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from fleetward.devices.imports.actions import batches
from fleetward.devices.imports.actions.batches import CONTEXT, refused_rows
from fleetward.devices.imports.contracts import (
    Batch,
    Counts,
    Outcome,
    RefusedRows,
    Report,
    SampleRow,
)
from fleetward.devices.imports.rules import with_refused
from fleetward.devices.imports.store import Folder
from fleetward.devices.models import ImportRun
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope

Clock = Callable[[], datetime]
SAMPLE_ROWS = 12


def preview(
    run: ImportRun, folder: Folder, report: Report, staged: list[Batch], clock: Clock
) -> Report:
    """The same matching as the import's own, on the same batches, and nothing written."""
    outcomes: Counter[str] = Counter()
    refused: list[RefusedRows] = []
    sample: list[SampleRow] = []
    for number, batch in enumerate(staged):
        with tenant_scope([run.tenant_id]):
            ImportRun.objects.filter(id=run.id).update(heartbeat_at=clock())
            batches.stage(folder.batch(number))
            batches.match(tenant=run.tenant_id, batch=batch, turn=1)
            outcomes.update(dict(sql.fetch(CONTEXT, "count_outcomes")))
            refused += refused_rows("sample_refused")
            sample += [
                _sample(*r) for r in sql.fetch(CONTEXT, "sample_rows", {"most": SAMPLE_ROWS})
            ]
    expected = Counts(**{str(o).lower(): outcomes[o] for o in Outcome})
    report = with_refused(report, refused)
    return replace(report, expected=expected, sample=_first(sample))


def _sample(
    row_no: int, outcome: str, refusal: str, field: str, cells: str, changes: str
) -> SampleRow:
    changed = {name: (old, new) for name, (old, new) in json.loads(changes).items()}
    return SampleRow(row_no, Outcome(outcome), json.loads(cells), refusal, field, changed)


def _first(sample: list[SampleRow]) -> tuple[SampleRow, ...]:
    """The first rows of the list for each outcome, in the order of the list."""
    kept: list[SampleRow] = []
    taken: Counter[Outcome] = Counter()
    for row in sorted(sample, key=lambda row: row.row_no):
        taken[row.outcome] += 1
        if taken[row.outcome] <= SAMPLE_ROWS:
            kept.append(row)
    return tuple(kept)
