"""Reading a file of serials, then finding what its rows name; or the file is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from fleetward.devices.imports.actions.child import read_upload, stage_rows
from fleetward.devices.imports.rules import guessed_mapping
from fleetward.devices.imports.store import folder_of
from fleetward.devices.models import SerialList
from fleetward.devices.serial_lists.actions.ending import finish, refuse
from fleetward.devices.serial_lists.actions.matching import match_next
from fleetward.devices.serial_lists.actions.queueing import queue, requester_of
from fleetward.devices.serial_lists.contracts import (
    NAMING_FIELDS,
    SerialsMissing,
    SerialsRightLost,
    SerialState,
)
from fleetward.infra.files.errors import FileRefused
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor

Clock = Callable[[], datetime]


def read_serials(*, tenant: int, serials: int, clock: Clock) -> None:
    """Read a list and queue the search for what it names; or refuse it.

    Repeat: one that has been read is queued again; one that has ended is left alone.
    """
    claimed = _claim(tenant, serials, clock)
    if claimed is None:
        return
    found, _ = claimed
    try:
        if found.batches is None:
            _stage(found, clock)
    except (FileRefused, SerialsMissing) as error:
        refuse(found=found, error=error, now=clock())
        return
    with tenant_scope([tenant]):
        queue(found)


def match_serials(*, tenant: int, serials: int, clock: Clock) -> None:
    """Find the device of each row of a list that has been read, select what was found, and tell.

    Repeat: goes on after the latest batch; one that has ended is left alone.
    """
    claimed = _claim(tenant, serials, clock)
    if claimed is None:
        return
    found, actor = claimed
    while match_next(actor, found, clock()):
        pass
    finish(actor=actor, found=found, now=clock())


def _claim(tenant: int, serials: int, clock: Clock) -> tuple[SerialList, Actor] | None:
    """A list that has not ended, and who wants it; one whose user lost the right is refused."""
    with tenant_scope([tenant]):
        ours = SerialList.objects.filter(id=serials, state=SerialState.READING)
        ours.update(heartbeat_at=clock())
        found = ours.first()
    if found is None:
        return None
    actor = requester_of(found)
    if actor is None:
        refuse(found=found, error=SerialsRightLost(), now=clock())
        return None
    return found, actor


def _stage(found: SerialList, clock: Clock) -> None:
    """Read the file and cut it into batches. Raises: FileRefused, SerialsMissing."""
    folder = folder_of(found.uid)
    read = read_upload(folder)
    guessed = guessed_mapping(read.headers)
    if "serial" not in guessed:
        raise SerialsMissing
    found.columns = {field: guessed[field] for field in NAMING_FIELDS if field in guessed}
    staged = stage_rows(folder, found.columns, needs_manufacturer=False)
    found.rows, found.batches = read.rows, msgspec.to_builtins(staged.batches)
    found.heartbeat_at = clock()
    with tenant_scope([found.tenant_id]):
        found.save(update_fields=["columns", "rows", "batches", "heartbeat_at"])
