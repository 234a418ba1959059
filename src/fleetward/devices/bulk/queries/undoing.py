"""What the undo of an import would do to each of its devices, and whether it can be undone."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Q

from fleetward.access.contracts import Capability
from fleetward.access.queries import require, scope
from fleetward.devices.bulk.contracts import (
    BulkCounts,
    BulkOutcome,
    BulkState,
    ImportUndo,
    LeftDevice,
    NothingImported,
    UndoPreview,
)
from fleetward.devices.bulk.queries import CHUNK_ROWS, CONTEXT, bulk_row
from fleetward.devices.bulk.rules import check_undo, is_undone, undo_until
from fleetward.devices.imports.contracts import ImportState
from fleetward.devices.models import BulkRun, ImportRun
from fleetward.infra import sql
from fleetward.infra.tx import scoped, tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import day_in
from fleetward.kernel.errors import Conflict, NotFound
from fleetward.tenancy.queries import get_tenant_by_id

# So many of the devices that are left alone stand on the page; a file has them all.
NAMED = 20
# Imports that may have stored rows.
_STORING = ("RUNNING", "CANCELLING", "DONE", "CANCELLED", "FAILED")

_STAGE = """
INSERT INTO bulk_slice (device_id, outcome, manufacturer, serial, name, model)
SELECT
    i.device_id, CASE WHEN d.is_active THEN '' ELSE 'GONE' END,
    coalesce(d.manufacturer, ''), coalesce(d.serial, ''), coalesce(d.name, ''),
    coalesce(d.model, '')
FROM ({imported}) i (device_id)
LEFT JOIN LATERAL (
    SELECT v.is_active, v.manufacturer, v.serial, v.name, v.model
    FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) v
    WHERE v.id = i.device_id AND v.tenant_id = %(tenant)s::bigint
    OFFSET 0
) d ON true
"""


@scoped
def get_import_undo(*, actor: Actor, tenant: int, uid: uuid.UUID, now: datetime) -> ImportUndo:
    """Until when an import can be undone, or the undo of it. Raises: NotFound, Forbidden."""
    run = _get(actor, tenant, uid)
    undo = latest_undo(run)
    try:
        check(run, undo, now)
    except Conflict:
        is_possible = False
    else:
        is_possible = True
    has_any = run.state in _STORING and bool(run.new + run.changed)
    return ImportUndo(
        until=undo_until(run.finished_at) if has_any else None,
        is_possible=is_possible,
        change=bulk_row(undo) if undo else None,
    )


@scoped
def preview_undo(*, actor: Actor, tenant: int, uid: uuid.UUID, now: datetime) -> UndoPreview:
    """What undoing an import would do now: devices by outcome, and the first that it leaves alone.

    Raises: NotFound, Forbidden, ImportNotReady, NothingImported, ImportUndone, UndoTooLate.
    """
    run = _judged(actor, tenant, uid, now)
    found = dict(sql.fetch(CONTEXT, "count_judged"))
    if not found:
        raise NothingImported
    counts = {str(outcome).lower(): found.get(str(outcome), 0) for outcome in BulkOutcome}
    left = tuple(one for _, one in _left(actor, run, after=0, most=NAMED))
    return UndoPreview(counts=BulkCounts(**counts), left=left)


def iterate_left(
    *, actor: Actor, tenant: int, uid: uuid.UUID, now: datetime
) -> Iterator[LeftDevice]:
    """Every device that undoing an import would leave alone.

    In one transaction, whose temporary tables hold the answer: for a file that is written at once.
    Raises: as `preview_undo`, at the first row.
    """
    with tenant_scope(actor.tenants):
        run = _judged(actor, tenant, uid, now)
        after: int | None = 0
        while after is not None:
            found = _left(actor, run, after=after, most=CHUNK_ROWS)
            yield from (one for _, one in found)
            after = found[-1][0] if len(found) == CHUNK_ROWS else None


def judge(*, tenant: int, import_run: int) -> None:
    """Note in `undo_slice` what the undo does to each device of `bulk_slice`.

    Within a scope and a right that somebody else has judged.
    """
    run = ImportRun.objects.get(tenant_id=tenant, id=import_run)
    params = {"tenant": tenant, "import": run.id, "later": _later(run)}
    sql.execute(CONTEXT, "prepare_undo")
    sql.execute(CONTEXT, "judge_undo", params)
    sql.execute_text("ANALYZE undo_slice (device_id, verdict)", [])


def imported(run: ImportRun) -> tuple[str, dict[str, object]]:
    """The statement that finds the devices an import wrote, with its values."""
    earlier = BulkRun.objects.filter(tenant_id=run.tenant_id, import_run_id=run.id)
    params = {
        "tenant": run.tenant_id,
        "import": run.id,
        "earlier": list(earlier.values_list("id", flat=True)),
    }
    return sql.statement(CONTEXT, "list_imported"), params


def latest_undo(run: ImportRun) -> BulkRun | None:
    """The undo of an import that was begun last."""
    undos = BulkRun.objects.select_related("undo_of")
    return undos.filter(tenant_id=run.tenant_id, import_run_id=run.id).order_by("-id").first()


def check(run: ImportRun, undo: BulkRun | None, now: datetime) -> None:
    """Let pass an import that can be undone now. Raises: as `rules.check_undo`."""
    until = undo_until(run.finished_at)
    check_undo(
        state=ImportState(run.state),
        stored=run.new + run.changed,
        until=until,
        undo=BulkState(undo.state) if undo else None,
        last_day=day_in(get_tenant_by_id(run.tenant_id).settings.time_zone, until or now),
        now=now,
    )


def _judged(actor: Actor, tenant: int, uid: uuid.UUID, now: datetime) -> ImportRun:
    """All devices of an import with what its undo would do, in the temporary tables."""
    run = _get(actor, tenant, uid)
    check(run, latest_undo(run), now)
    text, params = imported(run)
    sql.execute(CONTEXT, "prepare_slice")
    sql.execute_text(_STAGE.format(imported=text), params | _door(actor, run))
    sql.execute_text("ANALYZE bulk_slice", [])
    judge(tenant=tenant, import_run=run.id)
    return run


def _door(actor: Actor, run: ImportRun) -> dict[str, object]:
    return scope(actor, Capability.DELETE_DEVICES).params(run.tenant_id)


def _later(run: ImportRun) -> list[int]:
    """Imports that stored rows after this one began, but for those that are undone."""
    others = ImportRun.objects.filter(tenant_id=run.tenant_id, state__in=_STORING)
    since = others.exclude(id=run.id).filter(
        Q(finished_at=None) | Q(finished_at__gt=run.started_at)
    )
    undos = BulkRun.objects.filter(tenant_id=run.tenant_id).exclude(import_run_id=None)
    known = undos.values_list("import_run_id", "state")
    undone = {number for number, state in known if is_undone(BulkState(state))}
    return sorted(set(since.values_list("id", flat=True)) - undone)


def _left(actor: Actor, run: ImportRun, *, after: int, most: int) -> list[tuple[int, LeftDevice]]:
    params = _door(actor, run) | {"import": run.id, "after": after, "most": most}
    return [(row[0], _left_device(row[1:])) for row in sql.fetch(CONTEXT, "list_left", params)]


def _left_device(row: tuple[Any, ...]) -> LeftDevice:
    device, maker, serial, name, outcome, refusal, since, actor, at = row
    return LeftDevice(
        device=device,
        manufacturer=maker,
        serial=serial,
        name=name,
        outcome=BulkOutcome(outcome),
        refusal=refusal,
        fields={field: (one["before"], one["after"]) for field, one in json.loads(since).items()},
        actor=actor,
        at=at,
    )


def _get(actor: Actor, tenant: int, uid: uuid.UUID) -> ImportRun:
    require(actor, Capability.IMPORT_DEVICES, tenant=tenant)
    run = ImportRun.objects.filter(tenant_id=tenant, uid=uid).first()
    if run is None:
        raise NotFound
    return run
