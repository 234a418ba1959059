"""A message with its files, once for its key."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Sum

from fleetward.infra.tx import wait_turn
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import KeyReused
from fleetward.support.contracts import (
    KEPT_MEBIBYTES,
    MEBIBYTE,
    NewMessage,
    Side,
    Step,
    TooMuchAttached,
)
from fleetward.support.models import Attachment, Message, Request
from fleetward.support.rules import digest_of
from fleetward.support.store import Bundle

FILES_LOCK = 7_321


def add_message(
    actor: Actor,
    request: Request,
    does: tuple[Side, Step],
    told: NewMessage,
    bundle: Bundle,
    now: datetime,
    said: Iterable[str] = (),
) -> Message:
    """Store what somebody says. `said`: what else belongs to it, for the digest of its key.

    Raises: TooMuchAttached.
    """
    side, step = does
    if bundle.files and side is Side.TENANT:
        _refuse_too_much(request.tenant_id, bundle)
    made = Message.objects.create(
        tenant_id=request.tenant_id,
        operator_id=request.operator_id,
        request=request,
        side=side,
        step=step,
        author=actor.on_behalf_of or actor.name,
        user_id=actor.user_id,
        at=now,
        text=told.text,
        key=_key(side, told),
        digest=_digest(told, bundle, said),
    )
    Attachment.objects.bulk_create(
        Attachment(
            uid=file.uid,
            tenant_id=request.tenant_id,
            operator_id=request.operator_id,
            message=made,
            name=file.name,
            size=file.size,
            digest=file.digest,
        )
        for file in bundle.files
    )
    return made


def _refuse_too_much(tenant: int, bundle: Bundle) -> None:
    wait_turn(FILES_LOCK, tenant)
    theirs = Attachment.objects.filter(tenant_id=tenant, message__side=Side.TENANT)
    kept = theirs.aggregate(bytes=Sum("size"))["bytes"] or 0
    if kept + sum(file.size for file in bundle.files) > KEPT_MEBIBYTES * MEBIBYTE:
        raise TooMuchAttached


def told_before(
    tenant: int, side: Side, told: NewMessage, bundle: Bundle, said: Iterable[str] = ()
) -> Message | None:
    """The message that the key has stored already. Raises: KeyReused.

    Of what a side says to the tenant that asks; the caller holds the lock that makes it exact.
    """
    if not told.key:
        return None
    known = Message.objects.filter(tenant_id=tenant, key=_key(side, told))
    found = known.select_related("request").first()
    if found is not None and found.digest != _digest(told, bundle, said):
        raise KeyReused(told.key)
    return found


def _key(side: Side, told: NewMessage) -> str | None:
    return f"{side}:{told.key}" if told.key else None


def _digest(told: NewMessage, bundle: Bundle, said: Iterable[str]) -> str:
    files = [part for file in bundle.files for part in (file.name, file.digest)]
    return digest_of((told.text, *said, *files))
