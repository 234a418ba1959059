"""Moving what a transfer found, slice by slice: devices, outcomes and mark are one transaction.

Of a long one a second worker moves the rows from the last one back, until both meet. Where they do
meet, the devices are those of whoever was first, as between two transfers (X12).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from fleetward.audit.actions import use_case
from fleetward.config.env import env
from fleetward.infra import sql
from fleetward.infra.tx import share_turn
from fleetward.kernel.actor import Actor
from fleetward.transfers.actions.ending import close, finish, stop
from fleetward.transfers.actions.moving import move_devices
from fleetward.transfers.actions.queueing import SLICE_LOCK, queue, requester_of, worker_of
from fleetward.transfers.actions.targets import hold_sides
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
# Some ten seconds.
SLICES_OF_A_TURN = 20
_BACK = (RowOutcome.RETURNED, RowOutcome.RETURNED, RowOutcome.CHANGED_SINCE)
_AWAY = (RowOutcome.MOVED, RowOutcome.MERGED, RowOutcome.NOT_FOUND)


def move_transfer(*, tenant: int, transfer: int, clock: Clock, is_backward: bool = False) -> None:
    """Move the devices of a transfer that was started, and tell how it ended; X6, X7, X12.

    Right and target are looked at again before each slice: from then on rows fail with that reason.
    `is_backward`: from the last row back. That worker lets others have its place now and then.
    Audit: transfer.executed, once for each tenant.
    Repeat: goes on after the latest slice; several workers at a time move each device once.
    """
    found = find_transfer(tenant=tenant, transfer=transfer)
    turn = 0
    while found is not None and found.state == TransferState.RUNNING:
        if is_backward and turn == SLICES_OF_A_TURN:
            queue(found)
            return
        turn += 1
        actor = requester_of(found)
        if actor is None:
            stop(found=found, error=TransferRightLost(), ended=RowOutcome.RIGHT_LOST, now=clock())
            return
        try:
            is_left = _move_slice(
                actor=actor, transfer=found.id, now=clock(), is_backward=is_backward
            )
        except TransferRightLost as error:
            stop(found=found, error=error, ended=RowOutcome.RIGHT_LOST, now=clock())
            return
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
def _move_slice(*, actor: Actor, transfer: int, now: datetime, is_backward: bool = False) -> bool:
    """Move the devices of the next rows; False once none are left.

    Raises: TransferRightLost, TargetGone, TargetSuspended.
    """
    # Whoever ends the transfer waits for this slice; another worker's goes on beside it.
    share_turn(SLICE_LOCK, transfer)
    held = Transfer.objects.get(id=transfer)
    if held.state != TransferState.RUNNING:
        return True
    hold_sides(held, now)
    is_undo = held.kind == TransferKind.UNDO
    params = {
        "tenant": held.tenant_id,
        "transfer": held.id,
        "after": held.done_to,
        "before": held.done_from,
        "is_backward": is_backward,
        "holder": held.target_id if is_undo else held.tenant_id,
        "most": env().transfers.slice_rows,
    }
    ((first, last, devices),) = sql.fetch(CONTEXT, "list_slice", params)
    if last is None:
        return False
    moved = move_devices(actor=actor, found=held, devices=devices, now=now) if devices else []
    done, joined, missed = _BACK if is_undo else _AWAY
    ended = sql.fetch(
        CONTEXT,
        "close_rows",
        {
            **params,
            "lowest": first,
            "highest": last,
            "moved": [one.device for one in moved],
            "merged": [one.device for one in moved if one.is_merged],
            "done": str(done),
            "joined": str(joined),
            "missed": str(missed),
            "arrived": held.tenant_id if is_undo else held.target_id,
        },
    )
    _note(transfer, dict(ended), (first, None) if is_backward else (None, last), now)
    return True


def _note(
    transfer: int, ended: dict[str, int], mark: tuple[int | None, int | None], now: datetime
) -> None:
    """Beside what another worker has noted meanwhile; nobody waits for anything with this lock.

    `mark`: the row from which, or up to which, all are done.
    """
    held = Transfer.objects.select_for_update().get(id=transfer)
    counts = Counter(held.counts)
    counts[str(RowOutcome.FOUND)] -= sum(ended.values())
    counts.update(ended)
    held.counts = {word: number for word, number in counts.items() if number}
    held.done_rows = held.rows - counts[str(RowOutcome.FOUND)]
    held.heartbeat_at = now
    first, last = mark
    held.done_from = min(held.done_from, held.done_from if first is None else first)
    held.done_to = max(held.done_to, last or 0)
    held.save(update_fields=["counts", "done_rows", "heartbeat_at", "done_from", "done_to"])
