"""Taking a device list in: the bytes to disk, the run and its first job to the database."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable
from datetime import datetime
from pathlib import PurePath

from django.db import IntegrityError

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.devices.imports.actions.queueing import ANALYSE, queue
from fleetward.devices.imports.contracts import Upload, Uploaded
from fleetward.devices.imports.store import Received, folder_of, receive
from fleetward.devices.models import ImportRun
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import KeyReused
from fleetward.tenancy.licences.queries import require_licence


def upload_list(
    *,
    actor: Actor,
    tenant: int,
    upload: Upload,
    chunks: Iterable[bytes],
    now: datetime,
    is_queued: bool = True,
) -> Uploaded:
    """Keep an upload and queue its analysis.

    Raises: Forbidden, LicenceSuspended, FileTooLarge, FileEmpty, KeyReused.
    Audit: import.uploaded
    Repeat: the same idempotency key with the same upload returns the first import.
    """
    require(actor, Capability.IMPORT_DEVICES, tenant=tenant)
    require_licence(tenant=tenant, today=now.date())
    received = receive(chunks)
    is_kept = False
    try:
        taken = _take_in(
            actor=actor,
            tenant=tenant,
            upload=upload,
            received=received,
            now=now,
            is_queued=is_queued,
        )
        is_kept = not taken.is_repeated
        return taken
    finally:
        if not is_kept:
            folder_of(received.uid).discard()


def _take_in(
    *,
    actor: Actor,
    tenant: int,
    upload: Upload,
    received: Received,
    now: datetime,
    is_queued: bool,
) -> Uploaded:
    """A new import, or the first one with this key. Raises: KeyReused."""
    digest = _digest(received, upload)
    first = _find(actor, tenant, upload.request_key)
    try:
        if first is None:
            uid = _register(
                actor=actor,
                tenant=tenant,
                upload=upload,
                received=received,
                digest=digest,
                now=now,
                is_queued=is_queued,
            )
            return Uploaded(uid)
    except IntegrityError:
        # Somebody was first with this key, a moment ago.
        first = _find(actor, tenant, upload.request_key)
        if first is None:
            raise
    if first.digest != digest:
        raise KeyReused(upload.request_key or "")
    return Uploaded(first.uid, is_repeated=True)


@use_case
def _register(
    *,
    actor: Actor,
    tenant: int,
    upload: Upload,
    received: Received,
    digest: str,
    now: datetime,
    is_queued: bool,
) -> uuid.UUID:
    run = ImportRun.objects.create(
        uid=received.uid,
        tenant_id=tenant,
        origin=upload.origin,
        user_id=actor.user_id,
        started_by=actor.name,
        on_behalf=actor.on_behalf_of,
        request_id=actor.request_id,
        file_name=(PurePath(upload.file_name).name or "list")[:200],
        file_size=received.size,
        digest=digest,
        request_key=upload.request_key,
        starts_itself=upload.starts_itself,
        mapping=dict(upload.mapping) if upload.mapping is not None else None,
        default_manufacturer=upload.default_manufacturer,
        created_at=now,
        heartbeat_at=now,
    )
    record(
        actor=actor,
        verb=Verb.IMPORT_UPLOADED,
        tenant=tenant,
        subject=f"import:{run.uid}",
        details={"file": run.file_name, "bytes": received.size, "sha256": received.digest},
        now=now,
    )
    if is_queued:
        queue(run, ANALYSE)
    return run.uid


def _find(actor: Actor, tenant: int, key: str | None) -> ImportRun | None:
    if not key:
        return None
    with tenant_scope(actor.tenants):
        return ImportRun.objects.filter(tenant_id=tenant, request_key=key).first()


def _digest(received: Received, upload: Upload) -> str:
    """Of everything that makes an upload the same as another."""
    asked = [
        received.digest,
        sorted(upload.mapping.items()) if upload.mapping is not None else None,
        upload.default_manufacturer,
        upload.starts_itself,
    ]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()
