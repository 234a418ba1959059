"""Taking a feed in: the bytes to disk, the feed and its job to the database."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from pathlib import PurePath

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.devices.feeds.actions.queueing import queue
from fleetward.devices.feeds.contracts import FeedSubmitted, FeedUpload
from fleetward.devices.imports.store import Received, folder_of, receive
from fleetward.devices.models import Feed
from fleetward.infra.tx import constrained, tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import KeyReused

_KEY = "devices_feed_request"


def upload_feed(
    *, actor: Actor, vendor: int, upload: FeedUpload, chunks: Iterable[bytes], now: datetime
) -> FeedSubmitted:
    """Keep a file of what was sold to partners, and queue it.

    Raises: NotFound, Forbidden, FileTooLarge, FileEmpty, KeyReused.   Audit: feed.submitted
    Repeat: the same key with the same file returns the first feed.
    """
    require(actor, Capability.OPERATE, tenant=vendor)
    received = receive(chunks)
    made: list[uuid.UUID] = []
    try:
        first = _with_key(actor, vendor, upload.request_key)
        if first is None:
            try:
                with constrained(_KEY, KeyReused(upload.request_key or "")):
                    _register(actor=actor, vendor=vendor, upload=upload, received=received, now=now)
                made.append(received.uid)
                return FeedSubmitted(received.uid)
            except KeyReused:
                # Somebody was first with this key, a moment ago.
                first = _with_key(actor, vendor, upload.request_key)
        if first is None or first.digest != received.digest:
            raise KeyReused(upload.request_key or "")
        return FeedSubmitted(first.uid, is_repeated=True)
    finally:
        if not made:
            folder_of(received.uid).discard()


def _with_key(actor: Actor, vendor: int, key: str | None) -> Feed | None:
    if not key:
        return None
    with tenant_scope(actor.tenants):
        return Feed.objects.filter(tenant_id=vendor, request_key=key).first()


@use_case
def _register(
    *, actor: Actor, vendor: int, upload: FeedUpload, received: Received, now: datetime
) -> None:
    made = Feed.objects.create(
        uid=received.uid,
        tenant_id=vendor,
        user_id=actor.own_id,
        uploaded_by=actor.name,
        on_behalf=actor.on_behalf_of,
        request_id=actor.request_id,
        request_key=upload.request_key,
        file_name=(PurePath(upload.file_name.replace("\\", "/")).name or "feed")[:200],
        digest=received.digest,
        created_at=now,
        heartbeat_at=now,
    )
    record(
        actor=actor,
        verb=Verb.FEED_SUBMITTED,
        tenant=vendor,
        subject=f"feed:{made.uid}",
        details={"file": made.file_name, "sha256": made.digest},
        now=now,
    )
    queue(made)
