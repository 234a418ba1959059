"""Undoing an import (X11 for lists): a bulk change of the devices that it made or changed."""

from __future__ import annotations

import uuid
from datetime import datetime

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import use_case
from fleetward.devices.actions.confirming import offer_code, typed_for
from fleetward.devices.bulk.actions.selecting import store_selection
from fleetward.devices.bulk.actions.starting import begin
from fleetward.devices.bulk.contracts import (
    BulkCounts,
    BulkKind,
    BulkRow,
    Found,
    ImportUndone,
    NothingImported,
    NothingSelected,
    UndoChanged,
    UndoPreview,
)
from fleetward.devices.bulk.queries.undoing import check, imported, latest_undo, preview_undo
from fleetward.devices.contracts import Confirmation
from fleetward.devices.models import ImportRun
from fleetward.infra.tx import constrained
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound

ONE_UNDO = "devices_bulkrun_one_undo"


@use_case
def offer_import_undo(
    *, actor: Actor, tenant: int, uid: uuid.UUID, now: datetime
) -> tuple[UndoPreview, Confirmation]:
    """What undoing an import would do, and the code to type for it (E10), which confirms so many.

    Raises: as `undo_import`.
    """
    found = preview_undo(actor=actor, tenant=tenant, uid=uid, now=now)
    what = _named(uid, found.counts)
    code = offer_code(actor=actor, tenant=tenant, what=what, devices=found.counts.removed, now=now)
    return found, code


@use_case
def undo_import(
    *,
    actor: Actor,
    tenant: int,
    uid: uuid.UUID,
    now: datetime,
) -> BulkRow:
    """Begin to undo an import: what it added goes as by a deletion, what it changed gets its former
    values back, and what has changed since is left alone. The trail tells of it when it ends.

    A few devices are left to the caller, who then calls `work_off`, more are a worker's.

    Raises: NotFound, Forbidden, ImportNotReady, NothingImported, ImportUndone, UndoTooLate.
    Audit: import.undone, when it ends.   Repeat: ImportUndone.
    """
    require(actor, Capability.IMPORT_DEVICES, tenant=tenant)
    require(actor, BulkKind.UNDO_IMPORT.needs, tenant=tenant)
    # Of two who press, the second waits for the first here.
    run = ImportRun.objects.select_for_update().filter(tenant_id=tenant, uid=uid).first()
    if run is None:
        raise NotFound
    check(run, latest_undo(run), now)
    found = Found(*imported(run))
    try:
        written = store_selection(
            actor=actor, tenant=tenant, found=found, query="", is_whole=False, now=now
        )
    except NothingSelected:
        raise NothingImported from None
    params = {"import": str(run.uid), "file": run.file_name}
    with constrained(ONE_UNDO, ImportUndone()):
        return begin(actor, tenant, BulkKind.UNDO_IMPORT, written, params, now, of=run)


@use_case
def undo_confirmed_import(
    *, actor: Actor, tenant: int, uid: uuid.UUID, token: str, typed: str, now: datetime
) -> BulkRow:
    """The same, once the code was typed for what the undo does by now as well.

    Raises: as `undo_import`, WrongSecurityCode, UndoChanged.
    """
    # First, because judging a million devices takes a while.
    shown = typed_for(actor=actor, tenant=tenant, token=token, typed=typed, now=now)
    found = preview_undo(actor=actor, tenant=tenant, uid=uid, now=now)
    if shown != _named(uid, found.counts):
        raise UndoChanged
    return undo_import(actor=actor, tenant=tenant, uid=uid, now=now)


def _named(uid: uuid.UUID, counts: BulkCounts) -> str:
    return f"import-undo:{uid}:{counts.removed}:{counts.done}"
