"""Finding what the rows of a transfer name, and what moving it would do: the preview (X5).

A batch and its outcomes are one transaction: a killed worker's is as if it had never begun.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from fleetward.access.contracts import Capability
from fleetward.access.queries import scope
from fleetward.devices.contracts import MoveEffect
from fleetward.devices.imports.contracts import Batch
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.transfers.actions.ending import get_ready, refuse
from fleetward.transfers.actions.moving import effects_of, returnable
from fleetward.transfers.actions.queueing import requester_of, tenants_of
from fleetward.transfers.actions.targets import check_licences
from fleetward.transfers.contracts import (
    Preview,
    RowOutcome,
    TargetSuspended,
    TransferKind,
    TransferRightLost,
    TransferState,
)
from fleetward.transfers.models import Transfer
from fleetward.transfers.queries import CONTEXT, find_transfer
from fleetward.transfers.store import folder_of

Clock = Callable[[], datetime]
Counted = Iterable[tuple[Any, ...]]
_CHUNK = 1024 * 1024
# As many as a slice that moves: the same statements, with the same plans.
MOST_CONSIDERED = 5_000


def match_transfer(*, tenant: int, transfer: int, clock: Clock) -> None:
    """Find the device of each row of a transfer, then make its preview and tell.

    Repeat: goes on after the latest batch; one that is past its preview is left alone.
    """
    found = find_transfer(tenant=tenant, transfer=transfer)
    if found is None or found.state != TransferState.MATCHING:
        return
    actor = requester_of(found)
    if actor is None:
        refuse(found=found, error=TransferRightLost(), now=clock())
        return
    try:
        check_licences(found, clock())
    except TargetSuspended as error:
        refuse(found=found, error=error, now=clock())
        return
    while _match_next(actor, found, clock()):
        pass
    preview = _preview(actor, found, clock)
    get_ready(actor=actor, found=found, preview=preview, now=clock())


def _match_next(actor: Actor, found: Transfer, now: datetime) -> bool:
    """Find what the rows of the next batch name; False once there is none."""
    with tenant_scope(tenants_of(found)):
        held = Transfer.objects.select_for_update().get(id=found.id)
        if held.state != TransferState.MATCHING:
            return False
        counted = _counted(actor, held)
        if counted is None:
            return False
        _add(held, counted)
        held.heartbeat_at = now
        held.done_batches += 1
        held.save(
            update_fields=[
                "counts",
                "refusals",
                "rows",
                "done_rows",
                "done_batches",
                "heartbeat_at",
            ]
        )
        return True


def _counted(actor: Actor, held: Transfer) -> Counted | None:
    """What the next rows name, stored; None where none are left."""
    params: dict[str, Any] = scope(actor, Capability.TRANSFER_DEVICES).params(held.tenant_id)
    params["transfer"] = held.id
    if held.kind == TransferKind.FILE:
        cut = msgspec.convert(held.batches, list[Batch])
        if held.done_batches == len(cut):
            return None
        return _match(folder_of(held.uid).batch(held.done_batches), cut[held.done_batches], params)
    if held.done_batches:
        return None
    if held.kind == TransferKind.UNDO:
        return sql.fetch(CONTEXT, "copy_moved", params | {"undone": held.undo_of_id})
    return sql.fetch(CONTEXT, "store_selected", params | {"selection": held.selection_id})


def _match(path: Path, batch: Batch, params: dict[str, Any]) -> Counted:
    sql.execute(CONTEXT, "prepare_stage")
    sql.copy_in("transfer_stage", _chunks(path))
    sql.execute_text("ANALYZE transfer_stage (row_no, serial, refusal)", ())
    sql.execute(CONTEXT, "match_rows", params | {"first": batch.first, "last": batch.last})
    return sql.fetch(CONTEXT, "store_rows", params)


def _add(held: Transfer, counted: Counted) -> None:
    counts, refusals = Counter(held.counts), Counter(held.refusals)
    for outcome, refusal, number in counted:
        counts[outcome] += number
        if refusal:
            refusals[refusal] += number
    held.counts, held.refusals = dict(counts), dict(refusals)
    held.done_rows = sum(counts.values())
    if held.kind != TransferKind.FILE:
        held.rows = held.done_rows


def _preview(actor: Actor, found: Transfer, clock: Clock) -> Preview:
    """What moving the rows that were found would do, looked at in slices."""
    effects: Counter[str] = Counter()
    for following in _slices(actor, found, clock):
        effects.update(following)
    return Preview(
        users=effects.pop(MoveEffect.SEALED_USERS, 0),
        locations=effects.pop(MoveEffect.SEALED_LOCATIONS, 0),
        tags=effects.pop(MoveEffect.SEALED_TAGS, 0),
        effects=dict(effects),
    )


def _slices(actor: Actor, found: Transfer, clock: Clock) -> Iterator[dict[str, int]]:
    """Of each slice of rows: what is sealed, and what else follows."""
    params: dict[str, Any] = {
        "tenant": found.tenant_id,
        "transfer": found.id,
        "most": MOST_CONSIDERED,
    }
    after = 0
    while True:
        with tenant_scope(actor.tenants):
            Transfer.objects.filter(id=found.id).update(heartbeat_at=clock())
            ((last, devices),) = sql.fetch(CONTEXT, "list_found", params | {"after": after})
            if last is None:
                return
            effects: dict[str, int] = {}
            if found.kind == TransferKind.UNDO:
                _judge_return(actor, found, params, (after, last), devices, clock())
            else:
                effects = effects_of(actor=actor, found=found, devices=devices, now=clock())
        after = last
        yield effects


def _judge_return(
    actor: Actor,
    found: Transfer,
    params: dict[str, Any],
    span: tuple[int, int],
    devices: Sequence[int],
    now: datetime,
) -> None:
    """Devices that have changed since their transfer stay where they are (X11), and are named."""
    back = returnable(actor=actor, found=found, devices=devices, now=now)
    left = {"above": span[0], "up_to": span[1], "back": back}
    number = sql.execute(CONTEXT, "keep_changed", params | left)
    held = Transfer.objects.select_for_update().get(id=found.id)
    counts = Counter(held.counts)
    counts[str(RowOutcome.FOUND)] -= number
    counts[str(RowOutcome.CHANGED_SINCE)] += number
    held.counts = {word: n for word, n in counts.items() if n}
    held.save(update_fields=["counts"])


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
