"""What transfers ask of the mover, which alone changes the tenant of a device."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from fleetward.devices.actions import preview_reassignment, reassign_devices, return_devices
from fleetward.devices.contracts import Move, Moved
from fleetward.infra.tx import savepoint
from fleetward.kernel.actor import Actor
from fleetward.transfers.contracts import TransferKind
from fleetward.transfers.models import Transfer


class _NotMeant(Exception):
    """Takes back what was only tried."""


def effects_of(
    *, actor: Actor, found: Transfer, devices: Sequence[int], now: datetime
) -> dict[str, int]:
    """What else would follow if these devices moved, by its code (X5)."""
    lines = preview_reassignment(actor=actor, move=_move(found, now), devices=devices)
    return {str(line.code): line.count for line in lines if line.count}


def returnable(
    *, actor: Actor, found: Transfer, devices: Sequence[int], now: datetime
) -> list[int]:
    """Which of them an undo would bring back: it is done, and taken back, so that both agree."""
    back: list[int] = []
    with suppress(_NotMeant), savepoint():
        back += [
            one.device for one in move_devices(actor=actor, found=found, devices=devices, now=now)
        ]
        raise _NotMeant
    return back


def move_devices(
    *, actor: Actor, found: Transfer, devices: Sequence[int], now: datetime
) -> list[Moved]:
    """Move them, or take their move back; those that were not where they should be are left out."""
    if found.kind == TransferKind.UNDO:
        return return_devices(actor=actor, move=_move(found, now), devices=devices)
    return reassign_devices(actor=actor, move=_move(found, now), devices=devices)


def _move(found: Transfer, now: datetime) -> Move:
    """Of an undo it is the move that it takes back, with the moment of that."""
    assert found.target_id is not None
    first = found.undo_of or found
    return Move(source=found.tenant_id, target=found.target_id, reference=first.uid, at=now)
