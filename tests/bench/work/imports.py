"""An import from its file to its last outcome row, without queue: the worker is this process."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from fleetward.devices.imports.actions import analyse_import, run_import, upload_list
from fleetward.devices.imports.contracts import Upload
from fleetward.devices.imports.queries import find_run_id, get_import
from fleetward.kernel.clock import utc_now
from tests.bench.work.people import actor_in

CHUNK = 1024 * 1024


def import_list(file: str, tenant: int) -> dict[str, object]:
    """Seconds by step, and how the rows ended."""
    actor, marks = actor_in(tenant), [time.perf_counter()]
    uid: uuid.UUID = upload_list(
        actor=actor,
        tenant=tenant,
        upload=Upload(file_name="devices.csv", starts_itself=True),
        chunks=_chunks(Path(file)),
        now=utc_now(),
        is_queued=False,
    ).uid
    run = find_run_id(actor=actor, tenant=tenant, uid=uid)
    marks.append(time.perf_counter())
    analyse_import(tenant=tenant, run=run, clock=utc_now, is_queued=False)
    marks.append(time.perf_counter())
    run_import(tenant=tenant, run=run, clock=utc_now)
    marks.append(time.perf_counter())
    summary = get_import(actor=actor, tenant=tenant, uid=uid).summary
    upload, analysis, storing = (later - earlier for earlier, later in pairwise(marks))
    return {
        "run": run,
        "state": str(summary.state),
        "new": summary.counts.new,
        "changed": summary.counts.changed,
        "refused": summary.counts.refused,
        "seconds": marks[-1] - marks[0],
        "upload": upload,
        "analysis": analysis,
        "storing": storing,
    }


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        while chunk := source.read(CHUNK):
            yield chunk
