"""Taking a transfer in: a file, or a selection of the list; the transfer and its first job."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import PurePath

from django.db import IntegrityError

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.devices.bulk.actions import hold_selection
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import KeyReused, NotFound
from fleetward.tenancy.queries.destinations import find_destination, find_mover
from fleetward.transfers.actions.queueing import queue
from fleetward.transfers.contracts import (
    Submitted,
    TransferKind,
    TransferState,
    UnknownTarget,
    Upload,
)
from fleetward.transfers.models import Transfer
from fleetward.transfers.store import folder_of, receive


def upload_transfer(
    *, actor: Actor, source: int, upload: Upload, chunks: Iterable[bytes], now: datetime
) -> Submitted:
    """Keep a file of devices to move out of `source`, and queue its reading; nothing moves yet.

    Raises: NotFound, Forbidden, FileTooLarge, FileEmpty, KeyReused.   Audit: transfer.submitted
    Repeat: the same key with the same file returns the first transfer.
    """
    partner = require_transfer(actor, source)
    received = receive(chunks)
    made: list[uuid.UUID] = []

    def make(key: str | None) -> Submitted:
        fields: dict[str, object] = {
            "uid": received.uid,
            "kind": TransferKind.FILE,
            "state": TransferState.READING,
            "file_name": (PurePath(upload.file_name).name or "transfer")[:200],
            "digest": received.digest,
            "request_key": key,
        }
        submit(actor=actor, source=source, partner=partner, fields=fields, now=now)
        made.append(received.uid)
        return Submitted(received.uid)

    try:
        return once(actor, source, upload.request_key, received.digest, make)
    finally:
        if not made:
            folder_of(received.uid).discard()


def transfer_selected(
    *,
    actor: Actor,
    source: int,
    selection: uuid.UUID,
    customer_id: str,
    now: datetime,
    request_key: str | None = None,
) -> Submitted:
    """Prepare to move selected devices to a customer; nothing moves before it is started.

    Raises: NotFound, Forbidden, SelectionGone, UnknownTarget, KeyReused.
    Audit: transfer.submitted   Repeat: the same key with the same devices is the first transfer.
    """
    partner = require_transfer(actor, source)
    target = find_destination(partner=partner, customer_id=customer_id)
    if target is None or target.id == source:
        raise UnknownTarget(customer_id)
    asked = hashlib.sha256(json.dumps([str(selection), customer_id]).encode()).hexdigest()

    def make(key: str | None) -> Submitted:
        held = hold_selection(actor=actor, tenant=source, uid=selection, now=now)
        fields: dict[str, object] = {
            "uid": uuid.uuid4(),
            "kind": TransferKind.SELECTION,
            "state": TransferState.MATCHING,
            "target_id": target.id,
            "selection_id": held.id,
            "digest": asked,
            "request_key": key,
        }
        return Submitted(
            submit(actor=actor, source=source, partner=partner, fields=fields, now=now).uid
        )

    return once(actor, source, request_key, asked, make)


def require_transfer(actor: Actor, source: int) -> int:
    """The partner that may move devices out of `source` (X1). Raises: NotFound, Forbidden."""
    require(actor, Capability.TRANSFER_DEVICES, tenant=source)
    partner = find_mover(source)
    if partner is None:
        raise NotFound
    return partner


def once(
    actor: Actor, source: int, key: str | None, digest: str, make: Callable[[str | None], Submitted]
) -> Submitted:
    """A new transfer, or the first one with this key. Raises: KeyReused."""
    first = _with_key(actor, source, key)
    try:
        if first is None:
            return make(key)
    except IntegrityError:
        # Somebody was first with this key, a moment ago.
        first = _with_key(actor, source, key)
        if first is None:
            raise
    if first.digest != digest:
        raise KeyReused(key or "")
    return Submitted(first.uid, is_repeated=True)


def _with_key(actor: Actor, source: int, key: str | None) -> Transfer | None:
    if not key:
        return None
    with tenant_scope(actor.tenants):
        return Transfer.objects.filter(tenant_id=source, request_key=key).first()


@use_case
def submit(
    *, actor: Actor, source: int, partner: int, fields: dict[str, object], now: datetime
) -> Transfer:
    """Store a transfer and queue it; whoever calls has checked the right."""
    made = Transfer.objects.create(
        tenant_id=source,
        partner_id=partner,
        user_id=actor.own_id,
        started_by=actor.name,
        on_behalf=actor.on_behalf_of,
        request_id=actor.request_id,
        created_at=now,
        heartbeat_at=now,
        **fields,
    )
    record(
        actor=actor,
        verb=Verb.TRANSFER_SUBMITTED,
        tenant=partner,
        subject=f"transfer:{made.uid}",
        details={"kind": made.kind, "file": made.file_name, "sha256": made.digest},
        now=now,
    )
    queue(made)
    return made
