"""Reading the file of a transfer: its columns, its one target, and its rows cut into batches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from subprocess import CalledProcessError

import msgspec

from fleetward.devices.imports.actions.naming import naming_columns, read_names, stage_names
from fleetward.infra.files.errors import FileRefused
from fleetward.infra.files.reading import Reading as FileReading
from fleetward.infra.tx import tenant_scope
from fleetward.transfers.actions.ending import refuse
from fleetward.transfers.actions.queueing import queue, requester_of
from fleetward.transfers.actions.targets import find_target, groups_of
from fleetward.transfers.contracts import (
    ColumnsMissing,
    MixedTargets,
    Reading,
    TargetIsSource,
    TargetMissing,
    TransferRightLost,
    TransferState,
    UnknownTarget,
)
from fleetward.transfers.models import Transfer
from fleetward.transfers.queries import find_transfer
from fleetward.transfers.rules import columns_of, target_of
from fleetward.transfers.store import folder_of

Clock = Callable[[], datetime]
_REFUSED = (
    FileRefused,
    ColumnsMissing,
    MixedTargets,
    TargetMissing,
    UnknownTarget,
    TargetIsSource,
    TransferRightLost,
)


def read_transfer(*, tenant: int, transfer: int, clock: Clock) -> None:
    """Read the file of a transfer and queue the search for what it names; or refuse it (X4).

    Repeat: one that has been read is left alone.
    """
    found = find_transfer(tenant=tenant, transfer=transfer)
    if found is None or found.state != TransferState.READING:
        return
    _beat(found, clock())
    try:
        if requester_of(found) is None:
            raise TransferRightLost
        _stage(found)
    except _REFUSED as error:
        refuse(found=found, error=error, now=clock())
        return
    except (CalledProcessError, OSError):
        # Discarded meanwhile: then its file is gone, and nobody waits for an answer.
        latest = find_transfer(tenant=tenant, transfer=transfer)
        if latest is not None and latest.state == TransferState.READING:
            raise
        return
    _go_on(found, clock())


def _beat(found: Transfer, now: datetime) -> None:
    with tenant_scope([found.tenant_id]):
        Transfer.objects.filter(id=found.id).update(heartbeat_at=now)


def _stage(found: Transfer) -> None:
    """Raises: what the file is refused for; then `groups` tell what a split would make of it."""
    folder = folder_of(found.uid)
    reading = read_names(folder.upload, folder.frame)
    columns = columns_of(reading.headers, naming_columns(reading.headers))
    found.reading = _kept(reading, columns)
    named = stage_names(
        folder.frame, folder.path, columns, extra=columns["customer"], only=found.only
    )
    found.rows, found.batches = named.rows, msgspec.to_builtins(named.batches)
    try:
        customer_id = target_of(named.values, named.distinct)
    except MixedTargets:
        found.groups = [asdict(group) for group in groups_of(found, named)]
        raise
    found.target = None
    found.target_id = find_target(found, customer_id).id


def _kept(reading: FileReading, columns: dict[str, str]) -> dict[str, object]:
    kept = Reading(
        encoding=reading.encoding,
        separator=reading.separator,
        sheet=reading.sheet,
        other_sheets=reading.other_sheets,
        blank_rows=reading.blank_rows,
        columns=columns,
    )
    return asdict(kept)


def _go_on(found: Transfer, now: datetime) -> None:
    with tenant_scope([found.tenant_id]):
        ours = Transfer.objects.filter(id=found.id, state=TransferState.READING)
        is_ours = ours.update(
            state=TransferState.MATCHING,
            target_id=found.target_id,
            reading=found.reading,
            rows=found.rows,
            batches=found.batches,
            heartbeat_at=now,
        )
        if is_ours:
            found.state = TransferState.MATCHING
            queue(found)
