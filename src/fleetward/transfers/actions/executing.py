"""Moving what a transfer found, slice by slice: devices, outcomes and mark are one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from fleetward.audit.actions import use_case
from fleetward.config.env import env
from fleetward.infra import sql
from fleetward.kernel.actor import Actor
from fleetward.transfers.actions.ending import close, finish, stop
from fleetward.transfers.actions.moving import move_devices
from fleetward.transfers.actions.queueing import requester_of, worker_of
from fleetward.transfers.actions.targets import hold_target
from fleetward.transfers.contracts import (
    RowOutcome,
    TargetGone,
    TargetSuspended,
    TransferKind,
    TransferRightLost,
    TransferState,
)
from fleetward.transfers.models import Transfer
from fleetward.transfers.queries import CONTEXT, find_transfer

Clock = Callable[[], datetime]
_BACK = (RowOutcome.RETURNED, RowOutcome.RETURNED, RowOutcome.CHANGED_SINCE)
_AWAY = (RowOutcome.MOVED, RowOutcome.MERGED, RowOutcome.NOT_FOUND)


def move_transfer(*, tenant: int, transfer: int, clock: Clock) -> None:
    """Move the devices of a transfer that was started, and tell how it ended; X6, X7, X12.

    Right and target are looked at again before each slice: from then on rows fail with that reason.
    Audit: transfer.executed, once for each tenant.
    Repeat: goes on after the latest slice; several workers at a time move each device once.
    """
    found = find_transfer(tenant=tenant, transfer=transfer)
    while found is not None and found.state == TransferState.RUNNING:
        actor = requester_of(found)
        if actor is None:
            stop(found=found, error=TransferRightLost(), ended=RowOutcome.RIGHT_LOST, now=clock())
            return
        try:
            is_left = _move_slice(actor=actor, transfer=found.id, now=clock())
        except (TargetGone, TargetSuspended) as error:
            stop(found=found, error=error, ended=RowOutcome.TARGET_GONE, now=clock())
            return
        if not is_left:
            finish(found=found, now=clock())
            return
        found = find_transfer(tenant=tenant, transfer=transfer)
    if found is not None and found.state == TransferState.CANCELLING:
        close(
            actor=worker_of(found),
            found=found,
            state=TransferState.CANCELLED,
            ended=RowOutcome.CANCELLED,
            now=clock(),
        )


@use_case
def _move_slice(*, actor: Actor, transfer: int, now: datetime) -> bool:
    """Move the devices of the next rows; False once none are left.

    Raises: TargetGone, TargetSuspended.
    """
    held = Transfer.objects.select_for_update().get(id=transfer)
    if held.state != TransferState.RUNNING:
        return True
    # Whoever ends the relation waits for this slice, or is first and there is none.
    hold_target(held, now)
    is_undo = held.kind == TransferKind.UNDO
    params = {
        "tenant": held.tenant_id,
        "transfer": held.id,
        "after": held.done_to,
        "holder": held.target_id if is_undo else held.tenant_id,
        "most": env().transfers.slice_rows,
    }
    ((last, rows, devices),) = sql.fetch(CONTEXT, "list_slice", params)
    if last is None:
        return False
    moved = move_devices(actor=actor, found=held, devices=devices, now=now) if devices else []
    done, joined, missed = _BACK if is_undo else _AWAY
    ended = sql.fetch(
        CONTEXT,
        "close_rows",
        {
            **params,
            "above": held.done_to,
            "up_to": last,
            "moved": [one.device for one in moved],
            "merged": [one.device for one in moved if one.is_merged],
            "done": str(done),
            "joined": str(joined),
            "missed": str(missed),
            "arrived": held.tenant_id if is_undo else held.target_id,
        },
    )
    _note(held, dict(ended), last, rows, now)
    return True


def _note(held: Transfer, ended: dict[str, int], last: int, rows: int, now: datetime) -> None:
    counts = Counter(held.counts)
    counts[str(RowOutcome.FOUND)] -= sum(ended.values())
    counts.update(ended)
    held.counts = {word: number for word, number in counts.items() if number}
    held.done_to, held.done_rows, held.heartbeat_at = last, held.done_rows + rows, now
    held.save(update_fields=["counts", "done_to", "done_rows", "heartbeat_at"])
