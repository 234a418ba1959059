"""What people do with a transfer that has its preview: start it, cancel it, split it, undo it."""

from __future__ import annotations

import uuid
from datetime import datetime

import msgspec

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.devices.contracts import Problem
from fleetward.infra.tx import constrained, wait_turn
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.tenancy.queries.destinations import hold_destination
from fleetward.transfers.actions.ending import discard
from fleetward.transfers.actions.queueing import SLICE_LOCK, queue
from fleetward.transfers.actions.targets import hold_target
from fleetward.transfers.actions.uploading import submit
from fleetward.transfers.contracts import (
    UNMOVED,
    WAITS_FOR,
    CustomerGroup,
    NothingToUndo,
    TargetGone,
    TooManyToSplit,
    TransferKind,
    TransferNotReady,
    TransferState,
)
from fleetward.transfers.models import Transfer
from fleetward.transfers.queries import undo_until
from fleetward.transfers.rules import count_more_groups
from fleetward.transfers.store import folder_of

_STARTED = {TransferState.RUNNING, TransferState.DONE}


@use_case
def start_transfer(*, actor: Actor, tenant: int, uid: uuid.UUID, now: datetime) -> None:
    """Move what the preview showed.

    Raises: NotFound, Forbidden, TransferNotReady, TargetGone, TargetSuspended.
    Audit: transfer.started
    Repeat: one that runs or is done already is left alone.
    """
    held = _locked(actor, tenant, uid)
    if held.state in _STARTED:
        return
    if held.state != TransferState.READY:
        raise TransferNotReady(held.state)
    hold_target(held, now)
    held.state, held.started_at, held.heartbeat_at = TransferState.RUNNING, now, now
    held.user_id, held.started_by = actor.own_id, actor.name
    held.save(update_fields=["state", "started_at", "heartbeat_at", "user_id", "started_by"])
    record(
        actor=actor,
        verb=Verb.TRANSFER_STARTED,
        tenant=held.partner_id,
        subject=f"transfer:{held.uid}",
        details={"file": held.file_name, "rows": held.rows},
        now=now,
    )
    queue(held)


@use_case
def cancel_transfer(*, actor: Actor, tenant: int, uid: uuid.UUID, now: datetime) -> None:
    """Before the start everything is discarded; later what has moved stays moved, and no more does.

    Raises: NotFound, Forbidden, TransferNotReady.   Audit: transfer.discarded, transfer.cancelled
    Repeat: one that is being cancelled or was cancelled is left alone.
    """
    held = _locked(actor, tenant, uid, is_alone=True)
    if held.state in {TransferState.CANCELLING, TransferState.CANCELLED, TransferState.DISCARDED}:
        return
    if held.state in UNMOVED:
        discard(actor=actor, held=held, now=now)
        return
    if held.state != TransferState.RUNNING:
        raise TransferNotReady(held.state)
    held.state = TransferState.CANCELLING
    held.save(update_fields=["state"])
    record(
        actor=actor,
        verb=Verb.TRANSFER_CANCELLED,
        tenant=held.partner_id,
        subject=f"transfer:{held.uid}",
        details={"file": held.file_name},
        now=now,
    )
    queue(held)


@use_case
def split_transfer(*, actor: Actor, tenant: int, uid: uuid.UUID, now: datetime) -> list[uuid.UUID]:
    """Make a transfer of each customer's rows of a mixed file (X4), each with its own preview.

    Rows without a customer that can be given devices stay out. Raises: NotFound, Forbidden,
    TransferNotReady, TooManyToSplit.   Audit: transfer.submitted for each
    Repeat: one that was split gives the same transfers.
    """
    held = _locked(actor, tenant, uid)
    made = Transfer.objects.filter(split_of_id=held.id).order_by("id")
    if made:
        return [one.uid for one in made]
    groups = [CustomerGroup(**group) for group in held.groups]
    named = [group for group in groups if group.name]
    if held.state != TransferState.REFUSED or not named or now > held.created_at + WAITS_FOR:
        raise TransferNotReady(held.state)
    more = count_more_groups(groups, msgspec.convert(held.problem, Problem))
    if more:
        kept = sum(bool(group.customer_id) for group in groups)
        raise TooManyToSplit(kept + more, kept)
    return [_part(actor, held, group, now) for group in named]


def _part(actor: Actor, held: Transfer, group: CustomerGroup, now: datetime) -> uuid.UUID:
    """The file is there for each part; what a crash leaves of it is an orphan."""
    uid = uuid.uuid4()
    folder = folder_of(uid)
    folder.make()
    folder_of(held.uid).lend(folder)
    fields: dict[str, object] = {
        "uid": uid,
        "kind": TransferKind.FILE,
        "state": TransferState.READING,
        "file_name": held.file_name,
        "digest": held.digest,
        "only": group.customer_id,
        "split_of_id": held.id,
    }
    submit(actor=actor, source=held.tenant_id, partner=held.partner_id, fields=fields, now=now)
    return uid


@use_case
def undo_transfer(*, actor: Actor, tenant: int, uid: uuid.UUID, now: datetime) -> uuid.UUID:
    """Prepare to take a transfer back (X11); nothing moves before that is started.

    Raises: NotFound, Forbidden, NothingToUndo.   Audit: transfer.submitted
    Repeat: refused while another undo waits, runs or is done.
    """
    held = _locked(actor, tenant, uid)
    if undo_until(held, now) is None:
        raise NothingToUndo
    if not hold_destination(partner=held.partner_id, tenant=held.target_id or 0):
        raise TargetGone
    fields: dict[str, object] = {
        "uid": uuid.uuid4(),
        "kind": TransferKind.UNDO,
        "state": TransferState.MATCHING,
        "target_id": held.target_id,
        "file_name": held.file_name,
        "undo_of_id": held.id,
    }
    with constrained("transfers_transfer_one_undo", NothingToUndo()):
        made = submit(
            actor=actor, source=held.tenant_id, partner=held.partner_id, fields=fields, now=now
        )
    return made.uid


def _locked(actor: Actor, tenant: int, uid: uuid.UUID, *, is_alone: bool = False) -> Transfer:
    """`is_alone`: none of its slices is under way, nor begins."""
    require(actor, Capability.TRANSFER_DEVICES, tenant=tenant)
    own = Transfer.objects.filter(tenant_id=tenant, uid=uid)
    if is_alone:
        for number in own.values_list("id", flat=True):
            wait_turn(SLICE_LOCK, number)
    locked = own.select_for_update(of=("self",)).select_related("tenant", "target")
    found = locked.first()
    if found is None:
        raise NotFound
    return found
