"""Taking a file of serials in: the bytes to disk, the list and its job to the database."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from pathlib import PurePath

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import use_case
from fleetward.devices.imports.store import Received, folder_of, receive
from fleetward.devices.models import SerialList
from fleetward.devices.serial_lists.actions.queueing import queue
from fleetward.kernel.actor import Actor


def upload_serials(
    *, actor: Actor, tenant: int, file_name: str, chunks: Iterable[bytes], now: datetime
) -> uuid.UUID:
    """Keep a file that names devices to delete, and queue its reading; nothing else changes.

    Raises: NotFound, Forbidden, FileTooLarge, FileEmpty.   Repeat: is another list.
    """
    require(actor, Capability.DELETE_DEVICES, tenant=tenant)
    received = receive(chunks)
    try:
        _register(actor=actor, tenant=tenant, file_name=file_name, received=received, now=now)
    except BaseException:
        folder_of(received.uid).discard()
        raise
    return received.uid


@use_case
def _register(
    *, actor: Actor, tenant: int, file_name: str, received: Received, now: datetime
) -> None:
    made = SerialList.objects.create(
        uid=received.uid,
        tenant_id=tenant,
        user_id=actor.own_id,
        uploaded_by=actor.name,
        file_name=(PurePath(file_name).name or "list")[:200],
        created_at=now,
        heartbeat_at=now,
    )
    queue(made)
